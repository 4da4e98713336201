import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { selftestTools } from '../../config/packages.ts';
import { toolsNamed } from '../../tasks/checks/tools-named.ts';

const named = (name: string, text: string) => toolsNamed([{ name, text }], selftestTools).map((tool) => tool.name);

test('programs that a script calls, at a line\'s start, in a substitution, after another', () => {
  assert.equal(named('a.sh', 'ip netns exec $ns tcpdump -i any &\nx=$(ss -tan | jq .)\nif ! nft list ruleset; then exit 4; fi\ncommand -v "iperf3"\n'), ['ip', 'ss', 'nft', 'iperf3', 'tcpdump', 'jq']);
});

test('not what is in a comment, or a part of another word', () => {
  assert.equal(named('a.sh', '# needs tcpdump\n  # and jq\ntcpdump_file=x ship --ip6 tc-testing\n'), []);
});

test('a script is known by its first line as well; a C source by what it includes', () => {
  assert.equal(named('script', '#!/bin/sh\nethtool -i x\n'), ['ethtool']);
  assert.equal(named('a.c', '#include <stdio.h>\n#include <sys/capability.h>\nsystem("ip link");\n'), ['libcap headers']);
  assert.equal(named('Makefile', 'ip tcpdump'), []);
});

test.run();
