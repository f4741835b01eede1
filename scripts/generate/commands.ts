/** The part of docs/ about the command line, from the commands themselves. */
import { Command, type Option } from 'commander'
import { code, table } from './markdown.ts'

/** Every command with its arguments and options. */
export async function commandsReference(): Promise<string> {
  const gwh = await program()
  const commands = gwh.commands.flatMap((command) => [
    ...(command.commands.length > 0 ? command.commands : [command]),
  ])
  return ['## All commands', optionsTable(gwh), ...commands.flatMap(section)].join('\n\n')
}

function section(command: Command): string[] {
  const aliases = command.aliases().map((alias) => ` Also ${code(alias)}.`)
  const what = command.description()
  return [
    `## ${code(namesOf(command).join(' '))}`,
    `${what.charAt(0).toUpperCase()}${what.slice(1)}.${aliases.join('')}`,
    ...command.registeredArguments.map((argument) => `${code(argument.name())}: ${argument.description}.`),
    ...(command.options.length > 0 ? [optionsTable(command)] : []),
  ]
}

const namesOf = (command: Command): string[] => [
  ...(command.parent ? namesOf(command.parent) : []),
  command.name(),
]

const optionsTable = (command: Command): string =>
  table(
    ['option', 'values', 'default', 'what it means'],
    command.options.map((option) => [
      code(option.flags),
      (option.argChoices ?? []).map(code).join(', '),
      defaultOf(option),
      option.description,
    ]),
  )

const defaultOf = ({ defaultValue }: Option): string =>
  typeof defaultValue === 'string' || typeof defaultValue === 'number' ? code(String(defaultValue)) : ''

/** The program as `gwh` makes it, caught where it would read the arguments of this process. */
async function caught(): Promise<Command> {
  const { prototype } = Command
  const parse = Object.getOwnPropertyDescriptor(prototype, 'parseAsync') ?? {}
  const programs: Command[] = []
  prototype.parseAsync = function (this: Command) {
    programs.push(this)
    return Promise.resolve(this)
  }
  try {
    await import('../../src/cli.ts')
  } finally {
    Object.defineProperty(prototype, 'parseAsync', parse)
  }
  const [program] = programs
  if (!program) throw new Error('src/cli.ts has been loaded before')
  return program
}

/** A module is run once, and so is what it makes. */
let made: Promise<Command> | undefined
const program = (): Promise<Command> => (made ??= caught())
