/** Completion for shells, made from the specs that the parser and the help are made from. Pure. */
import { shellQuote } from '../text/values.ts';
import { commonOptions, type CommandSpec, type OptionSpec } from './spec.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The script that teaches a shell to complete `kloop`. */
export function completionScript(shell: Shell, specs: readonly CommandSpec[]): string {
  switch (shell) {
    case 'bash': return bash(specs);
    case 'zsh': return zsh(specs);
    case 'fish': return fish(specs);
  }
}

/** An option's flags, taken apart: '-v, --dmesg', '--disk, --disks <files...>', '--mem <size>'. */
interface Flags {
  readonly short: string | undefined;
  readonly long: string;
  /** Another long one, for the same. */
  readonly alias: string | undefined;
  readonly value: { readonly name: string; readonly several: boolean } | undefined;
}

export function flagsOf({ flags }: OptionSpec): Flags {
  const short = /(?:^|\s)-(\w)\b/.exec(flags)?.[1];
  const [long = '', alias] = [...flags.matchAll(/--([\w-]+)/g)].map((match) => match[1] ?? '');
  const [, name, dots] = /[<[]([\w-]+)(\.\.\.)?[>\]]/.exec(flags) ?? [];
  return { short, long, alias, value: name === undefined ? undefined : { name, several: dots !== undefined } };
}

const optionsOf = (spec: CommandSpec) => [...spec.options, ...commonOptions];
const words = (option: OptionSpec) => {
  const { short, long, alias } = flagsOf(option);
  return [...(short === undefined ? [] : [`-${short}`]), `--${long}`, ...(alias === undefined ? [] : [`--${alias}`])];
};

const bridges = 'for b in /sys/class/net/*/bridge; do [ -e "$b" ] && b=${b%/bridge} && echo "${b##*/}"; done';

function bash(specs: readonly CommandSpec[]): string {
  const values = specs.flatMap((spec) => optionsOf(spec).filter((option) => flagsOf(option).value !== undefined).map((option) => {
    const { several } = flagsOf(option).value ?? { several: false };
    // An option of several words takes all up to the next option; one of one word, the next.
    const where = words(option).map((word) => `${spec.name}:${word}:${several ? '*' : '1'}`).join('|');
    return `    ${where}) ${bashValue(option)}; return ;;`;
  }));
  const plain = specs.map((spec) => {
    const all = [...optionsOf(spec).flatMap(words), ...(spec.guestCommand === undefined ? [] : ['--'])];
    const operands = (spec.operands ?? []).flatMap((operand) => operand.choices ?? []);
    return `    ${spec.name}) _kloop_words ${shellQuote([...operands, ...all].join(' '))} ;;`;
  });
  return `# bash completion for kloop:  source <(kloop completion bash)
_kloop_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }
_kloop_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen "$1" -- "$current"); }
_kloop() {
  local current=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[1]} i option= distance
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then _kloop_words ${shellQuote(specs.map(({ name }) => name).join(' '))}; return; fi
  for ((i = 2; i < COMP_CWORD; i++)); do
    # After -- comes the guest's command.
    if [[ \${COMP_WORDS[i]} == -- ]]; then
      if ((i == COMP_CWORD - 1)); then _kloop_files -c; else _kloop_files -f; fi
      return
    fi
    [[ \${COMP_WORDS[i]} == -* ]] && option=\${COMP_WORDS[i]} && distance=$((COMP_CWORD - i))
  done
  [[ $current == -* ]] || case $command:$option:$distance in
${values.join('\n')}
  esac
  case $command in
${plain.join('\n')}
  esac
}
complete -F _kloop kloop
`;
}

function bashValue({ choices, completes }: OptionSpec): string {
  if (choices !== undefined) return `_kloop_words ${shellQuote(choices.join(' '))}`;
  switch (completes ?? 'nothing') {
    case 'file': return '_kloop_files -f';
    case 'directory': return '_kloop_files -d';
    case 'bridge': return `_kloop_words "$(${bridges})"`;
    case 'user': return 'mapfile -t COMPREPLY < <(compgen -u -- "$current")';
    case 'nothing': return ':';
  }
}

/** In a spec of zsh's _arguments: a colon ends a part, a bracket the explanation. */
const zshText = (text: string) => text.replaceAll(/[[\]:\\]/g, '\\$&');

function zsh(specs: readonly CommandSpec[]): string {
  const cases = specs.map((spec) => {
    const options = optionsOf(spec).flatMap((option) => {
      const { value } = flagsOf(option);
      const argument = value === undefined ? '' : `:${value.several ? '*-*:' : ''}${zshText(value.name)}:${zshValue(option)}`;
      // The star in front: it may be given again.
      return words(option).map((word) => shellQuote(`${(value?.several ?? false) || option.repeats === true ? '*' : ''}${word}[${zshText(option.summary)}]${argument}`));
    });
    const operands = (spec.operands ?? []).map((operand) => shellQuote(`::${zshText(operand.name)}:${operand.choices === undefined ? '' : `(${operand.choices.join(' ')})`}`));
    return `    ${spec.name}) _arguments ${[...options, ...operands].join(' ')} ;;`;
  });
  const described = specs.map((spec) => `    ${shellQuote(`${spec.name}:${zshText(spec.summary)}`)}`);
  return `#compdef kloop
# zsh completion for kloop:  source <(kloop completion zsh), after compinit
_kloop_bridges() { compadd -- \${\${(f)"$(${bridges})"}} }
_kloop() {
  local -a commands=(
${described.join('\n')}
  )
  if ((CURRENT == 2)); then _describe command commands; return; fi
  local command=$words[2] at=\${words[(i)--]}
  # After -- comes the guest's command.
  if ((at < CURRENT)); then shift $at words; ((CURRENT -= at)); _normal; return; fi
  shift words; ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
compdef _kloop kloop
`;
}

function zshValue({ choices, completes }: OptionSpec): string {
  if (choices !== undefined) return `(${choices.join(' ')})`;
  switch (completes ?? 'nothing') {
    case 'file': return '_files';
    case 'directory': return '_files -/';
    case 'bridge': return '_kloop_bridges';
    case 'user': return '_users';
    case 'nothing': return '';
  }
}

/** Inside single quotes of fish, a backslash escapes itself and the quote. */
const fishQuoted = (text: string) => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;

function fish(specs: readonly CommandSpec[]): string {
  const lines = specs.flatMap((spec) => {
    const here = fishQuoted(`__kloop_in ${spec.name}`);
    const options = optionsOf(spec).map((option) => {
      const { short, long, alias, value } = flagsOf(option);
      const argument = value === undefined ? '' : ` -r ${fishValue(option)}`;
      return `complete -c kloop -n ${here}${short === undefined ? '' : ` -s ${short}`} -l ${long}${alias === undefined ? '' : ` -l ${alias}`} -d ${fishQuoted(option.summary)}${argument}`;
    });
    const operands = (spec.operands ?? []).filter((operand) => operand.choices !== undefined)
      .map((operand) => `complete -c kloop -n ${here} -a ${fishQuoted((operand.choices ?? []).join(' '))} -d ${fishQuoted(operand.name)}`);
    return [`complete -c kloop -n __kloop_first -a ${spec.name} -d ${fishQuoted(spec.summary)}`, ...options, ...operands];
  });
  return `# fish completion for kloop:  kloop completion fish | source
function __kloop_first; test (count (commandline -opc)) -eq 1; end
# In one of kloop's commands, before the --, which starts the guest's command.
function __kloop_in
  set -l words (commandline -opc)
  test (count $words) -ge 2; and test $words[2] = $argv[1]; and not contains -- -- $words
end
function __kloop_bridges; for b in /sys/class/net/*/bridge; basename (dirname $b); end; end
complete -c kloop -f
complete -c kloop -n 'contains -- -- (commandline -opc)' -F
${lines.join('\n')}
`;
}

function fishValue({ choices, completes }: OptionSpec): string {
  if (choices !== undefined) return `-f -a ${fishQuoted(choices.join(' '))}`;
  switch (completes ?? 'nothing') {
    case 'file': return '-F';
    case 'directory': return "-f -a '(__fish_complete_directories)'";
    case 'bridge': return "-f -a '(__kloop_bridges)'";
    case 'user': return "-f -a '(__fish_complete_users)'";
    case 'nothing': return '-f';
  }
}
