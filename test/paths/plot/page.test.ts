/** The picture as a page. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pageOf } from '../../../tasks/paths/plot/page.ts';

test('as a page, what the terminal shows is below it', () => {
  assert.match(pageOf({ title: 'a & b', svg: '<svg></svg>', text: ['x < y'] }), /<title>a &amp; b<\/title>[^]*<figure><svg><\/svg><\/figure>\n<pre>x &lt; y<\/pre>/);
});

test.run();
