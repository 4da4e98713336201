/** Why KVM does not run a guest here, and what would fix it: module, group, firmware, nested. Pure. */
import type { KvmFact } from './facts.ts';

interface KvmWords {
  readonly words: string;
  readonly fix?: string | undefined;
}

/**
 * The processor's flags are those of /proc/cpuinfo: Linux takes `vmx` away where
 * the firmware has locked it (arch/x86/kernel/cpu/feat_ctl.c, since 5.6), and
 * `hypervisor` tells that this host is a VM itself.
 */
export function whyNoKvm(fact: KvmFact): KvmWords {
  switch (fact.verdict) {
    case 'works': return { words: 'KVM runs a guest' };
    case 'unknown': return { words: 'KVM could not be tried' };
    case 'missing': return missing(fact);
    case 'permission': return permission(fact);
    case 'aborts':
    case 'hangs': return unfit(fact);
  }
}

const moduleOf = { vmx: 'kvm_intel', svm: 'kvm_amd' } as const;

function missing({ extension, module, virtual }: KvmFact): KvmWords {
  if (extension === undefined) {
    return virtual
      ? { words: 'there is no /dev/kvm: this host is a VM without nested virtualization', fix: 'echo options kvm_intel nested=1 | sudo tee /etc/modprobe.d/kvm.conf   # on the host of this VM; or kvm_amd' }
      : { words: 'there is no /dev/kvm: the processor has no virtualization, or the firmware (BIOS) has disabled it', fix: 'systemctl reboot --firmware-setup   # enable VT-x or SVM' };
  }
  if (!module) return { words: `there is no /dev/kvm: the module ${moduleOf[extension]} is not loaded`, fix: `sudo modprobe ${moduleOf[extension]}` };
  return { words: `there is no /dev/kvm, although ${moduleOf[extension]} is loaded; the firmware (BIOS) may have locked it`, fix: 'sudo dmesg | grep -i kvm' };
}

function permission({ group, member }: KvmFact): KvmWords {
  if (group === undefined) return { words: 'only root can open /dev/kvm', fix: 'ls -l /dev/kvm' };
  return member
    ? { words: `you have no permission to open /dev/kvm: you are in the group ${group}, but logged in before you were added`, fix: `newgrp ${group}   # or log in again` }
    : { words: `you have no permission to open /dev/kvm: you are not in the group ${group}`, fix: `sudo usermod -aG ${group} "$USER"   # and log in again` };
}

/** There, and of no use: seen where KVM is itself para-virtualised, and where another hypervisor has the processor. */
function unfit({ verdict, said, virtual }: KvmFact): KvmWords {
  const what = verdict === 'hangs' ? 'a guest hangs when it uses it' : 'QEMU exits immediately when it uses it';
  return virtual
    ? { words: `/dev/kvm exists, but ${what}: this host is a VM whose nested virtualization cannot run a guest`, fix: 'VM_ACCEL=tcg npm run vm   # in your settings, it stops kloop from trying' }
    : { words: `/dev/kvm exists, but ${what}${said === undefined ? '' : `: ${said.replace(/^\S*qemu\S*: /, '')}`}`, fix: "lsmod | grep -E 'vboxdrv|vmmon'   # another hypervisor may be using the processor" };
}
