/** Variables among make's arguments. Pure. */
import { shellQuote } from './values.ts';

/** The value of `NAME=value`; the last one counts, as for make. */
export function makeVariable(args: readonly string[], name: string): string | undefined {
  return args.findLast((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** What the makefiles take from the environment, and the compiler's command is made from. (CC they take as an argument alone.) */
const fromEnvironment = ['LLVM', 'CROSS_COMPILE'];

/** make's arguments, after what Kbuild takes from the environment: where both name a variable, the argument counts. */
export function withEnvironment(args: readonly string[], env: Readonly<Record<string, string | undefined>>): string[] {
  return [...fromEnvironment.flatMap((name) => (env[name] === undefined ? [] : [`${name}=${env[name]}`])), ...args];
}

/** Whether Kbuild takes LLVM's tools: LLVM=0 is as LLVM=1 to it. (Documentation/kbuild/llvm.rst) */
export function usesLlvm(args: readonly string[]): boolean {
  return (makeVariable(args, 'LLVM') ?? '') !== '';
}

/** A setting of KERNEL_MAKE_ARGS for a shell's command line. The shell takes the outer quotes away, kloop the inner ones. */
export function makeArgsSetting(args: readonly string[]): string {
  const words = args.map((arg) => (/[\s"'\\]/.test(arg) ? arg.replace(/(?<==).*$/s, (value) => `"${value.replaceAll(/["\\$`]/g, String.raw`\$&`)}"`) : arg));
  return `KERNEL_MAKE_ARGS=${shellQuote(words.join(' '))}`;
}
