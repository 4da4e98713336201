import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nftDrops } from '../../../tasks/network/host/firewall.ts';

test("nftables' own chains that drop what is forwarded", () => {
  const chains = 'table inet mine {\n\tchain fwd {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n\tchain out {\n\t\ttype filter hook output priority filter; policy drop;\n\t}\n}\n'
    + 'table ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}\n';
  assert.equal(nftDrops(chains), ['inet mine fwd']);
});

test.run();
