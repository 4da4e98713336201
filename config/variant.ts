/**
 * Variants: other builds of the same tree, each with settings of its own in
 * files of its name. Names, paths and texts. Pure.
 */
import { basename, dirname, join } from 'node:path';

/** A part of file names, of a VM's name, and of a path that Kbuild must take. */
export function isVariantName(name: string): boolean {
  return /^[A-Za-z0-9][\w-]{0,19}$/.test(name);
}

/** The file of a variant beside one of settings: as dotenv's users know it, `.env` has `.env.NAME`; any other has NAME.env. */
export function variantFile(settingsFile: string, name: string): string {
  return basename(settingsFile) === '.env' ? `${settingsFile}.${name}` : join(dirname(settingsFile), `${name}.env`);
}

/** The variants that have a file beside one of settings, by the names in its directory. */
export function variantsAmong(settingsFile: string, names: readonly string[]): string[] {
  const dotted = basename(settingsFile) === '.env';
  return names.flatMap((entry) => {
    const name = (dotted ? /^\.env\.(.+)$/ : /^(.+)\.env$/).exec(entry)?.[1] ?? '';
    // .env.example is what .env is copied from; a settings file may itself be called x.env.
    return isVariantName(name) && entry !== '.env.example' && entry !== basename(settingsFile) ? [name] : [];
  });
}

/** The state directory of a variant: records, copies of configurations, logs, indexes, and the build, unless that is elsewhere. */
export function variantState(stateDir: string, name: string): string {
  return join(variantsDir(stateDir), name);
}

export const variantsDir = (stateDir: string): string => join(stateDir, 'variants');

/** The variant whose build directory this is; `undefined` where it is another directory. */
export function variantBuiltIn(path: string, stateDir: string): string | undefined {
  const name = basename(dirname(path));
  return isVariantName(name) && path === join(variantState(stateDir, name), 'build') ? name : undefined;
}

/** VM_NAME holds 32 characters: so much of the name as leaves room for the variant's, which must tell the VMs apart. */
export function variantVmName(vmName: string, variant: string): string {
  return `${vmName.slice(0, 31 - variant.length)}-${variant}`;
}

/** What the layers below a variant's file say of a setting. */
export interface SaidBelow {
  readonly text: string;
  /** A person set it, or another variant's file did; it is not a default. */
  readonly set: boolean;
}

/**
 * A variant adds to the settings that it stands on: `${KEY}` is what those say,
 * and `${KEY:-text}` what a person set there, or else the text. (As in shells,
 * and in dotenv-expand; but a default of kloop's counts as unset.)
 *
 * @param below `undefined` for what is not a setting, which stays as it is written
 */
export function expanded(text: string, below: (key: string) => SaidBelow | undefined): string {
  return text.replaceAll(/\$\{([A-Z][A-Z_]*)(?::-([^}]*))?\}/g, (written, key: string, otherwise: string | undefined) => {
    const said = below(key);
    if (said === undefined) return written;
    return otherwise === undefined || (said.set && said.text !== '') ? said.text : otherwise;
  });
}
