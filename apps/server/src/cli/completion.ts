import { Argument, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { allOf } from "./command.js";

/** The shells that there are scripts for. */
export const shells = new Argument("<bash|zsh|fish>").choices(["bash", "zsh", "fish"]);

/** What is allowed at a place: one of some words, each with its meaning, or the name of a file or folder. */
type Value = "file" | "folder" | "nothing" | ReadonlyMap<string, string>;

/** What a script knows; keys are `user add`, the words of a command, and what comes behind them. */
interface Rules {
  /** `user add`: a word leads from a command to one below it. */
  readonly steps: readonly string[];
  /** `user add --role`: what follows an option. */
  readonly values: ReadonlyMap<string, Value>;
  /** `user add`: its options. */
  readonly options: ReadonlyMap<string, Value>;
  /** `user role 1`: what its second argument may be. */
  readonly positions: ReadonlyMap<string, Value>;
}

/** A script for a shell that completes the commands of a program, their options, and what these take. */
export function completionOf(program: CommandUnknownOpts, shell: "bash" | "zsh" | "fish"): string {
  const rules = rulesOf(program);
  if (shell === "fish") return fishScript(rules);
  return shell === "bash" ? bashScript(rules) : zshHead + bashScript(rules);
}

function rulesOf(program: CommandUnknownOpts): Rules {
  const steps: string[] = [];
  const values = new Map<string, Value>();
  const options = new Map<string, Value>();
  const positions = new Map<string, Value>();
  for (const command of allOf(program)) {
    const path = wordsTo(command);
    const known = command === program ? program.options : [...command.options, ...program.options.slice(0, 1)];
    options.set(path, new Map([...known.map((option) => [option.long ?? "", option.description] as const), help]));
    for (const { long, flags, required, argChoices } of known) {
      if (required) values.set(`${path} ${long}`, valueOf(flags, argChoices));
    }
    for (const [index, argument] of command.registeredArguments.entries()) {
      positions.set(`${path} ${index}`, valueOf(argument.name(), argument.argChoices));
    }
    if (command.commands.length === 0) continue;
    const below = new Map(command.commands.map((each) => [each.name(), each.summary()]));
    // The words behind `help` are those of a command.
    for (const place of [path, `help ${path}`.trimEnd()]) {
      positions.set(`${place} 0`, below);
      steps.push(...[...below.keys()].map((name) => `${place} ${name}`));
    }
  }
  return { steps, values, options, positions };
}

const help = ["--help", "show help for the command"] as const;

function wordsTo(command: CommandUnknownOpts): string {
  return command.parent === null ? "" : `${wordsTo(command.parent)} ${command.name()}`.trimStart();
}

function valueOf(name: string, choices: readonly string[] | undefined): Value {
  if (choices !== undefined) return new Map(choices.map((choice) => [choice, ""]));
  return name.includes("file") ? "file" : name.includes("folder") ? "folder" : "nothing";
}

/** zsh runs the script of bash by a function of its own. */
const zshHead = `autoload -U +X compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit
`;

function bashScript({ steps, values, options, positions }: Rules): string {
  const cases = (map: ReadonlyMap<string, Value>) =>
    [...map].map(([key, value]) => {
      const text = typeof value === "string" ? value : `words ${[...value.keys()].join(" ")}`;
      return `      '${key}') value='${text}' ;;`;
    });
  // Without what only bash 4 has, as macOS comes with 3.2. A value behind = is a word of its own there.
  return `_eca_server() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' value='' count=0 word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    if [[ "$word" == '=' ]]; then continue; fi
    if [[ -n "$value" ]]; then value=''; continue; fi
    case "$path $word" in
${steps.map((step) => `      '${step}') path='${step.trimStart()}' ;;`).join("\n")}
${cases(values).join("\n")}
      *' -'*) ;;
      *) count=$((count + 1)) ;;
    esac
  done
  if [[ "$current" == '=' ]]; then current=''; fi
  if [[ -z "$value" && "$current" == -* ]]; then
    case "$path" in
${cases(options).join("\n")}
    esac
  elif [[ -z "$value" ]]; then
    case "$path $count" in
${cases(positions).join("\n")}
    esac
  fi
  COMPREPLY=()
  case "$value" in
    words*) local IFS=$' \\t\\n'; COMPREPLY=($(compgen -W "\${value#words }" -- "$current")) ;;
    file) local IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")) ;;
    folder) local IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current")) ;;
  esac
}
complete -F _eca_server eca-server
`;
}

function fishScript({ steps, values, options, positions }: Rules): string {
  const quoted = (text: string) => `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
  const cases = (map: ReadonlyMap<string, Value>) =>
    [...map].map(([key, value]) => {
      const words =
        typeof value === "string" ? [value] : ["words", ...[...value].map((word) => quoted(word.join("\t")))];
      return `            case '${key}'\n                set value ${words.join(" ")}`;
    });
  return `function __eca_server
    set -l path ''
    set -l value
    set -l count 0
    for word in (commandline -opc)[2..]
        if test -n "$value"
            set value
            continue
        end
        switch "$path $word"
${steps.map((step) => `            case '${step}'\n                set path '${step.trimStart()}'`).join("\n")}
${cases(values).join("\n")}
            case '* -*'
            case '*'
                set count (math $count + 1)
        end
    end
    set -l current (commandline -ct)
    if test -z "$value"; and string match -q -- '-*' "$current"
        switch "$path"
${cases(options).join("\n")}
        end
    else if test -z "$value"
        switch "$path $count"
${cases(positions).join("\n")}
        end
    end
    switch "$value[1]"
        case words
            printf '%s\\n' $value[2..]
        case file
            __fish_complete_path "$current"
        case folder
            __fish_complete_directories "$current"
    end
end
complete -c eca-server -f -a '(__eca_server)'
`;
}
