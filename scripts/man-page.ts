/**
 * Writes the man page, from the definition that `--help` is made of.
 */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createOutput } from '../src/cli/output.ts'
import { createProgram } from '../src/cli/program.ts'
import type { Command, Option } from 'commander'

export const MAN_PAGE = fileURLToPath(new URL('../../man/webrtc-direct.1', import.meta.url))

/**
 * Without a date and a version, so that it changes when what it says does
 */
export function renderManPage (): string {
  const program = createProgram({ output: createOutput(false), signal: new AbortController().signal, onEnd () {} })
  const help = program.createHelp()

  return [
    `.TH ${program.name().toUpperCase()} 1 "" "libp2p-transport-webrtc-direct" "User Commands"`,
    '.SH NAME',
    `${escape(program.name())} \\- ${escape(lowerFirst(program.description()))}`,
    '.SH SYNOPSIS',
    ...program.commands.flatMap(command => ['.PP', `.B ${escape(`${program.name()} ${command.name()}`)}`, escape(command.usage())]),
    '.SH OPTIONS',
    ...help.visibleOptions(program).flatMap(option => item(option, help.optionDescription(option))),
    '.SH COMMANDS',
    ...program.commands.flatMap(describe),
    ...afterOf(program)
  ].join('\n') + '\n'
}

function describe (command: Command): string[] {
  const help = command.createHelp()

  return [
    `.SS ${escape(command.name())} ${escape(command.usage())}`,
    `${escape(command.description())}.`,
    ...help.visibleArguments(command).flatMap(argument => ['.TP', `.I ${escape(argument.name())}`, escape(help.argumentDescription(argument))]),
    ...help.visibleOptions(command).flatMap(option => item(option, help.optionDescription(option))),
    ...afterOf(command)
  ]
}

function item ({ flags }: Option, description: string): string[] {
  return ['.TP', `.B ${escape(flags)}`, escape(description)]
}

/**
 * What `--help` says behind the options, as it is
 */
function afterOf (command: Command): string[] {
  let text = ''

  command.configureOutput({ writeOut: (part) => { text += part } })
  command.outputHelp()

  const after = text.slice(text.indexOf(command.helpInformation()) + command.helpInformation().length).trim()

  return after === '' ? [] : ['.PP', '.nf', ...after.split('\n').map(escape), '.fi']
}

/**
 * A line that starts with a dot or a quote would be a request, and a hyphen would be
 * another character
 */
function escape (text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...').replace(/^[.']/, '\\&$&')
}

function lowerFirst (text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(MAN_PAGE, renderManPage())
}
