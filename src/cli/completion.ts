/**
 * Scripts that complete commands and options in a shell, from the definition of the
 * program.
 */
import type { Command, Option } from 'commander'

export const COMPLETION_SHELLS = ['bash', 'zsh', 'fish'] as const

export type CompletionShell = typeof COMPLETION_SHELLS[number]

export function completionScript (program: Command, shell: CompletionShell): string {
  return { bash, zsh, fish }[shell](program)
}

/**
 * What can stand for a value: one of some words, the name of a file, or what nobody
 * but the user knows
 */
type Values = { kind: 'words', words: readonly string[] } | { kind: 'file' } | { kind: 'other' }

function valuesOf (name: string, choices?: readonly string[]): Values {
  if (choices != null) {
    return { kind: 'words', words: choices }
  }

  return { kind: name === 'file' ? 'file' : 'other' }
}

function choose (values: Values, words: (words: readonly string[]) => string, file: string, other: string): string {
  if (values.kind === 'words') {
    return words(values.words)
  }

  return values.kind === 'file' ? file : other
}

function optionsOf (command: Command): Option[] {
  return [...command.createHelp().visibleOptions(command)]
}

function takesValue ({ required, optional }: Option): boolean {
  return required || optional
}

function valuesOfOption ({ flags, argChoices }: Option): Values {
  return valuesOf(/[<[](\w+)/.exec(flags)?.[1] ?? '', argChoices)
}

function flagsOf ({ short, long }: Option): string[] {
  return [short, long].filter(flag => flag != null)
}

function argumentsOf (command: Command): Values[] {
  return command.registeredArguments.map(argument => valuesOf(argument.name(), argument.argChoices))
}

// --- bash: one that has neither bash-completion nor arrays of its version 4, as on macOS ---

function bash (program: Command): string {
  const name = program.name()
  const fn = `_${name.replaceAll('-', '_')}`
  const answer = (values: Values): string =>
    choose(values, words => `${fn}_words "${words.join(' ')}"`, `${fn}_files`, ':')
  const commands = program.commands.map(command => {
    const options = optionsOf(command)
    const values = options.filter(takesValue)

    return `    ${command.name()})
      case "$prev" in
${values.map(option => `        ${flagsOf(option).join('|')}) ${answer(valuesOfOption(option))}; return ;;\n`).join('')}      esac
      valued=" ${values.flatMap(flagsOf).join(' ')} "
      flags="${options.flatMap(flagsOf).join(' ')}"
      ;;`
  })
  const positions = program.commands.flatMap(command => argumentsOf(command).map((values, i) => [`${command.name()} ${i}`, values] as const))
    .filter(([, { kind }]) => kind !== 'other')
    .map(([position, values]) => `    "${position}") ${answer(values)} ;;\n`)

  return `# bash completion of ${name}: source <(${name} completion bash)
${fn}_words () {
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
}

${fn}_files () {
  COMPREPLY=()
  compopt -o filenames 2> /dev/null
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
}

${fn} () {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" word flags="" valued="" i position=0
  COMPREPLY=()

  # bash takes --key=file for three words
  if [ "$cur" = "=" ]; then cur=""; elif [ "$prev" = "=" ]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi

  if [ "$COMP_CWORD" -eq 1 ]; then
    ${fn}_words "${[...program.commands.map(command => command.name()), ...optionsOf(program).flatMap(flagsOf)].join(' ')}"
    return
  fi

  case "\${COMP_WORDS[1]}" in
${commands.join('\n')}
    *) return ;;
  esac

  case "$cur" in
    -?*|-) ${fn}_words "$flags"; return ;;
  esac

  # which of the arguments that are no options
  for ((i = 2; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      =) i=$((i + 1)) ;;
      -?*) case "$valued" in *" \${COMP_WORDS[i]} "*) [ "\${COMP_WORDS[i+1]}" = "=" ] || i=$((i + 1)) ;; esac ;;
      *) position=$((position + 1)) ;;
    esac
  done

  case "\${COMP_WORDS[1]} $position" in
${positions.join('')}  esac
}

complete -F ${fn} ${name}
`
}

// --- zsh ---

function zsh (program: Command): string {
  const name = program.name()
  const fn = `_${name}`
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
  const escape = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&')
  // an action that only tells what is wanted keeps zsh from inserting an option
  const action = (values: Values, name: string): string =>
    choose(values, words => `(${words.join(' ')})`, '_files', `_guard "^-*" ${name}`)
  const spec = (option: Option): string[] => flagsOf(option).map(flag => {
    const others = option.variadic ? '*' : `(${flagsOf(option).join(' ')})`
    const valueName = /[<[](\w+)/.exec(option.flags)?.[1] ?? 'value'
    const value = takesValue(option) ? `:${valueName}:${action(valuesOfOption(option), valueName)}` : ''

    return quote(`${others}${flag}${takesValue(option) && flag.startsWith('--') ? '=' : ''}[${escape(option.description)}]${value}`)
  })
  const commands = program.commands.map(command => `    ${command.name()})
      _arguments -s ${[
    ...optionsOf(command).flatMap(spec),
    ...command.registeredArguments.map((argument, i) => quote(`${i + 1}:${argument.name()}:${action(argumentsOf(command)[i], argument.name())}`))
  ].join(' \\\n        ')}
      ;;`)

  return `#compdef ${name}
# zsh completion of ${name}: source <(${name} completion zsh)
${fn} () {
  local -a commands
  commands=(
${program.commands.map(command => `    ${quote(`${command.name()}:${escape(command.description())}`)}`).join('\n')}
  )

  if (( CURRENT == 2 )); then
    _describe command commands
    _arguments ${optionsOf(program).flatMap(spec).join(' ')}
    return
  fi

  shift words
  (( CURRENT-- ))

  case "$words[1]" in
${commands.join('\n')}
  esac
}

# as a file in $fpath it is the function itself
if [ "$funcstack[1]" = "${fn}" ]; then
  ${fn} "$@"
else
  compdef ${fn} ${name}
fi
`
}

// --- fish ---

function fish (program: Command): string {
  const name = program.name()
  const quote = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
  const fishArguments = (values: Values): string =>
    choose(values, words => ` -a ${quote(words.join(' '))}`, ' -F', '')
  const option = (option: Option, condition: string): string => [
    `complete -c ${name} -n ${quote(condition)}`,
    ...(option.short == null ? [] : [`-s ${option.short.slice(1)}`]),
    ...(option.long == null ? [] : [`-l ${option.long.slice(2)}`]),
    takesValue(option) ? `-r${valuesOfOption(option).kind === 'file' ? '' : ' -f'}${fishArguments(valuesOfOption(option))}` : '',
    `-d ${quote(option.description)}`
  ].filter(Boolean).join(' ')
  const lines = program.commands.flatMap(command => {
    const seen = `__fish_seen_subcommand_from ${command.name()}`

    return [
      `complete -c ${name} -n __fish_use_subcommand -a ${command.name()} -d ${quote(command.description())}`,
      ...optionsOf(command).map(each => option(each, seen)),
      ...argumentsOf(command).flatMap((values, i) => values.kind === 'other'
        ? []
        : [`complete -c ${name} -n ${quote(`${seen}; and test (count (commandline -opc)) -ge ${i + 2}`)}${fishArguments(values)}`])
    ]
  })

  return `# fish completion of ${name}: ${name} completion fish | source
complete -c ${name} -f
${optionsOf(program).map(each => option(each, '__fish_use_subcommand')).join('\n')}
${lines.join('\n')}
`
}
