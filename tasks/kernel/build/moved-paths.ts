/** The paths in `.cmd` files of a tree that was somewhere else when it was built. Pure. */

/** Old paths and what they are now. Absolute, without a slash at the end. */
export type Renames = ReadonlyMap<string, string>;

/**
 * Where the build directory was by the word of one of its `.cmd` files:
 * tools/ has a build system of its own, which names targets by absolute paths.
 *
 * @param target the path below the build directory of what the file is about
 * @returns `undefined` where the target is named another way
 */
export function buildPathIn(text: string, target: string): string | undefined {
  const named = /^(?:saved)?cmd_(\/\S+) :=/m.exec(text)?.[1];
  return named?.endsWith(`/${target}`) ? named.slice(0, -target.length - 1) : undefined;
}

/** Where the source was, by the `.cmd` file of an object in a build directory of its own. @returns `undefined` where the source is named by a relative path */
export function sourcePathIn(text: string): string | undefined {
  const [, target, source] = /^source_(\S+)\.o := (\/\S+)\.[cS]$/m.exec(text) ?? [];
  return target !== undefined && source?.endsWith(`/${target}`) ? source.slice(0, -target.length - 1) : undefined;
}

/**
 * A `.cmd` file's text with the paths put right. A path counts where a word
 * begins with it, or what make and the compiler put before one: `cmd_/…`,
 * `-I/…`, `-Wp,-MD,/…`, `--sysroot=/…`. All are replaced in one pass: of a
 * tree and a build directory within it, each keeps to its own.
 */
export function withRenames(text: string, renames: Renames): string {
  const olds = [...renames.keys()].sort((a, b) => b.length - a.length).map((path) => path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const before = String.raw`(?<=^|[\s"'(=,:@]|(?<![^\s"'])-[IL]|^(?:saved)?cmd_|^source_|deps_)`;
  return text.replaceAll(new RegExp(`${before}(?:${olds.join('|')})(?=[/\\s"'):,=;]|$)`, 'gm'), (old) => renames.get(old) ?? old);
}
