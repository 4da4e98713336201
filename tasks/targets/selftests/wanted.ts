/** What tests that are asked for want brought up to date, and where they are then. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { thisDistribution } from '../../host/tools.ts';
import type { HostTool } from '../../../config/packages.ts';
import { stampOf, textOf } from '../../host/files.ts';
import { collectionConfig } from '../../kernel/config/for-tests.ts';
import { installDir, listPath, programsOf, selftestPlace } from './place.ts';
import { lackingTools } from './tests.ts';

/** The collections that say which options they need. */
export function collectionsWithConfig(tree: string, collections: readonly string[]): string[] {
  return collections.filter((collection) => existsSync(collectionConfig(tree, collection)));
}

/** A collection's programs, when its target is up to date. */
export function installedTests(stateDir: string, tree: string, collection: string): { dir: string; programs: string[]; version: string } {
  const place = selftestPlace(stateDir, tree);
  const list = listPath(place, collection);
  return { dir: join(installDir(place, collection), collection), programs: programsOf(textOf(list) ?? ''), version: String(stampOf(list)) };
}

/** What the host lacks for a collection's tests. */
interface Lacking {
  /** A line for the person. */
  readonly words: string;
  /** Those that this distribution has a package for. */
  readonly tools: readonly HostTool[];
}

export function lackingFor(tree: string, collection: string): Lacking | undefined {
  const tools = lackingTools(tree, collection);
  if (tools.length === 0) return undefined;
  const { family } = thisDistribution();
  const packageOf = (tool: HostTool) => (family === undefined ? undefined : tool.packages[family]);
  const named = tools.map((tool) => `${tool.name} (${packageOf(tool) === undefined ? 'no package here' : `package ${packageOf(tool) ?? ''}`})`);
  return {
    words: `the tests of ${collection} use what is not installed here: ${named.join(', ')}; tests that need it will be skipped or fail. To install it: npm run check -- --install ${collection}`,
    tools: tools.filter((tool) => packageOf(tool) !== undefined),
  };
}
