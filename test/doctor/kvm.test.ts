import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HostFacts } from '../../tasks/doctor/facts.ts';
import { whyNoKvm } from '../../tasks/doctor/kvm.ts';
import { well } from '../support/fixtures/doctor.ts';

test('why KVM does not work: module, firmware, nested, group', () => {
  const why = (kvm: Partial<HostFacts['kvm']>) => { const { words, fix } = whyNoKvm({ ...well.kvm, ...kvm }); return `${words} → ${fix ?? ''}`; };
  assert.match(why({ verdict: 'missing', module: false }), /kvm_intel is not loaded → sudo modprobe kvm_intel$/);
  assert.match(why({ verdict: 'missing', extension: 'svm', module: false }), /modprobe kvm_amd$/);
  assert.match(why({ verdict: 'missing', extension: undefined }), /firmware \(BIOS\) has disabled it → systemctl reboot --firmware-setup/);
  assert.match(why({ verdict: 'missing', extension: undefined, virtual: true }), /without nested virtualization → .*nested=1/);
  assert.match(why({ verdict: 'missing' }), /kvm_intel is loaded; .*dmesg/);
  assert.match(why({ verdict: 'permission', member: false }), /not in the group kvm → sudo usermod -aG kvm/);
  assert.match(why({ verdict: 'permission' }), /logged in before .*newgrp kvm/);
  assert.match(why({ verdict: 'permission', group: undefined }), 'only root');
  assert.match(why({ verdict: 'aborts', said: 'qemu-system-x86_64: failed to set MSR 0x10a' }), /uses it: failed to set MSR .*vboxdrv/);
  assert.match(why({ verdict: 'hangs', virtual: true }), /hangs when it uses it: this host is a VM.*VM_ACCEL=tcg/);
});

test.run();
