/** Variables among make's arguments. Pure. */

/** The value of `NAME=value`; the last one counts, as for make. */
export function makeVariable(args: readonly string[], name: string): string | undefined {
  return args.findLast((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Whether Kbuild takes LLVM's tools: LLVM=0 is as LLVM=1 to it. (Documentation/kbuild/llvm.rst) */
export function usesLlvm(args: readonly string[]): boolean {
  return (makeVariable(args, 'LLVM') ?? '') !== '';
}
