import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { forSomeModules } from '../../../tasks/kernel/quick/modpost.ts';

const old = "sed 's/ko$/o/'  modules.order | scripts/mod/modpost   -E    -o Module.symvers -T - vmlinux.o";
const order = 'fs/xfs/xfs.ko\nnet/ipv4/udp_tunnel.ko\ndrivers/net/vxlan/vxlan.ko\n';
const symvers = '0x00000000\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n0x00000000\tudp_sock_create4\tnet/ipv4/udp_tunnel\tEXPORT_SYMBOL\t\n0x00000000\tvxlan_fdb\tdrivers/net/vxlan/vxlan\tEXPORT_SYMBOL_GPL\t\n';

test('the others are known by what they export; these are gone over', () => {
  assert.equal(forSomeModules({ command: old, order, symvers, modules: ['net/ipv4/udp_tunnel.o'] }), {
    call: 'scripts/mod/modpost   -E -i .kloop-modules.others -o .kloop-modules.made -T .kloop-modules.objects',
    files: {
      order: 'net/ipv4/udp_tunnel.ko\n', objects: 'net/ipv4/udp_tunnel.o\n',
      others: '0x00000000\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n0x00000000\tvxlan_fdb\tdrivers/net/vxlan/vxlan\tEXPORT_SYMBOL_GPL\t\n',
      own: '0x00000000\tudp_sock_create4\tnet/ipv4/udp_tunnel\tEXPORT_SYMBOL\t\n',
    },
  });
  const newer = forSomeModules({ command: 'scripts/mod/modpost -M -m -E -o Module.symvers -T modules.order vmlinux.o', order: order.replaceAll('.ko', '.o'), symvers, modules: ['fs/xfs/xfs.o'] });
  assert.is(newer?.call, 'scripts/mod/modpost -M -m -E -i .kloop-modules.others -o .kloop-modules.made -T .kloop-modules.objects');
  assert.equal([newer?.files.order, newer?.files.objects, newer?.files.own], ['fs/xfs/xfs.o\n', 'fs/xfs/xfs.o\n', '']);
});

test('make goes over all where it calls modpost otherwise, or a module is not listed', () => {
  for (const command of [undefined, old.replace('-E', '-E -t -u list'), old.replace('-E', '-d nsdeps'), old.replace('vmlinux.o', ''), 'echo']) {
    assert.is(forSomeModules({ command, order, symvers, modules: ['fs/xfs/xfs.o'] }), undefined, command);
  }
  assert.is(forSomeModules({ command: old, order, symvers, modules: ['fs/xfs/xfs.o', 'fs/new.o'] }), undefined);
  assert.is(forSomeModules({ command: old, order, symvers: '', modules: ['fs/xfs/xfs.o'] }), undefined);
});

test.run();
