/** Which names in a kernel tree count as source. Pure. */

const bySuffix = /\.(c|h|S|rs|lds|dts|dtsi|asn1|l|y|pl|py|awk|sh|tbl|uni|map|bc|mk|pem|x509)$/;
const byName = /^(Kbuild|Makefile|Kconfig|Build)([.\-_].*)?$|^localversion|_list$|^build[-_]\w+$|-map\.txt$|^utilities\.mak$/;

/**
 * Whether a new or lost file of this name can change what make does. Not so
 * editors' own: `.foo.c.swp`, `.#foo.c`, `#foo.c#`, `foo.c~`, `4913`.
 */
export function isSourceName(name: string): boolean {
  // Most names of a directory in which something is made: told without a regular expression.
  if (name.startsWith('.') || name.startsWith('#') || name.endsWith('.o')) return false;
  if (!bySuffix.test(name) && !byName.test(name)) return false;
  // The link leaves maps of symbols, which look like keyboard maps.
  return !/^System\.map$|^vmlinux.*\.map$/.test(name);
}

/** Source-like names that make reads without any `.cmd` file saying so: makefiles, and data for generators. */
export function isUntracedInput(name: string): boolean {
  return isMakefileName(name) || (isSourceName(name) && /^localversion|\.(asn1|l|y|tbl|uni|map|awk|bc|sh|pl|py)$|_list$|^build[-_]\w+$|-map\.txt$/.test(name));
}

/** What make itself reads; below tools/ makefiles are called `Build` as well. */
export function isMakefileName(name: string): boolean {
  return isSourceName(name) && /^(Kbuild|Makefile|Build)([.\-_].*)?$|\.mk$|^utilities\.mak$/.test(name);
}

/** Whether a path below the build directory is made by Kbuild, whatever else is known of it. */
export function isGeneratedPath(relative: string): boolean {
  return /^(include\/(generated|config|ksym)|arch\/[^/]+\/include\/generated|\.tmp_versions|usr\/include)\//.test(relative)
    // What a compiler or gen_initramfs notes of its inputs (usr/.initramfs_data.cpio.d): rewritten by every make.
    || /(^|\/)\.[^/]+\.d$/.test(relative)
    // The link's.
    || /^(System\.map|modules\.[\w.-]+|Module\.symvers|vmlinux\.symvers)$/.test(relative)
    || isMadeWithoutRecord(relative)
    || /\.(asn1\.[ch]|lex\.c|tab\.[ch]|mod\.c)$/.test(relative);
}

/**
 * What Kbuild's filechk, or a little program of the tree's own, writes without
 * a .cmd file: the configuration for IKCONFIG, tables, names of the version.
 */
export function isMadeWithoutRecord(relative: string): boolean {
  return /^(kernel\/config_data|init\/utsversion-tmp\.h|lib\/(default\.bconf|crc\d+table\.h)|arch\/x86\/(kvm\/kvm-asm-offsets\.h|lib\/inat-tables\.c|boot\/(cpustr|voffset|zoffset)\.h)|scripts\/mod\/(\w+-offsets|elfconfig)\.h)$/.test(relative);
}
