/** Why KVM does not run a guest here, and what would fix it: module, group, firmware, nested. Pure. */
import type { KvmFact } from './facts.ts';

export interface KvmWords {
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
      ? { words: 'there is no /dev/kvm: this host is a VM, to which its own host gives no nested virtualization', fix: 'echo options kvm_intel nested=1 | sudo tee /etc/modprobe.d/kvm.conf   # on that host; kvm_amd likewise' }
      : { words: 'there is no /dev/kvm: the processor shows no virtualization, or the firmware (BIOS) has it switched off', fix: 'systemctl reboot --firmware-setup   # VT-x, or SVM, is what to switch on' };
  }
  if (!module) return { words: `there is no /dev/kvm: the module ${moduleOf[extension]} is not loaded`, fix: `sudo modprobe ${moduleOf[extension]}` };
  return { words: `there is no /dev/kvm, although ${moduleOf[extension]} is loaded; the firmware (BIOS) may have locked it`, fix: 'sudo dmesg | grep -i kvm' };
}

function permission({ group, member }: KvmFact): KvmWords {
  if (group === undefined) return { words: 'only root may open /dev/kvm', fix: 'ls -l /dev/kvm' };
  return member
    ? { words: `you may not open /dev/kvm: you are in the group ${group}, but this login is older than that`, fix: `newgrp ${group}   # or log in again` }
    : { words: `you may not open /dev/kvm: you are not in the group ${group}`, fix: `sudo usermod -aG ${group} "$USER"   # and log in again` };
}

/** There, and of no use: seen where KVM is itself para-virtualised, and where another hypervisor has the processor. */
function unfit({ verdict, said, virtual }: KvmFact): KvmWords {
  const what = verdict === 'hangs' ? 'a guest hangs in it' : 'QEMU ends at once when it uses it';
  return virtual
    ? { words: `/dev/kvm is there, but ${what}: this host is a VM, whose nested virtualization does not carry a guest`, fix: 'echo VM_ACCEL=tcg >>.env   # and it is not tried again' }
    : { words: `/dev/kvm is there, but ${what}${said === undefined ? '' : `: ${said.replace(/^\S*qemu\S*: /, '')}`}`, fix: "lsmod | grep -E 'vboxdrv|vmmon'   # another hypervisor may have the processor" };
}
