/** What a shell is told so that it asks `troupe complete-words` for what may follow. Where that says nothing, files are offered. */
export const SHELL_SCRIPTS = {
  bash: `# troupe completion for bash. To have it in every shell:
#   echo 'eval "$(troupe completion bash)"' >> ~/.bashrc
_troupe() {
  local IFS=$'\\n'
  COMPREPLY=($(troupe complete-words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _troupe troupe
`,
  zsh: `#compdef troupe
# troupe completion for zsh. To have it in every shell:
#   echo 'eval "$(troupe completion zsh)"' >> ~/.zshrc
_troupe() {
  local -a found
  found=("\${(@f)$(troupe complete-words -- "\${(@)words[2,CURRENT]}" 2>/dev/null |
    awk -F '\\t' '{ gsub(/:/, "\\\\:", $1); print ($2 == "" ? $1 : $1 ":" $2) }')}")
  if [[ -n "\${found[1]}" ]]; then _describe 'troupe' found; else _files; fi
}
compdef _troupe troupe
`,
  fish: `# troupe completion for fish. To have it in every shell:
#   troupe completion fish > ~/.config/fish/completions/troupe.fish
complete -c troupe -a '(troupe complete-words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
} as const;

export type Shell = keyof typeof SHELL_SCRIPTS;
