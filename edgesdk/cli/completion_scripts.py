"""The completion scripts: click's own know neither ``--option=value`` nor bash's breaks at colons.

What comes back for ``--option=value`` is the value alone.
"""

# bash ends a word at each colon and equals sign, which addresses hold. So the line is split at its
# spaces alone, and of what fits only the part is given back that bash takes for the current word,
# quoted: names come from files.
BASH = r"""
_edgesdk_completion() {
    local line="${COMP_LINE:0:COMP_POINT}" current option="" sign begun kind value
    local -a words
    IFS=$' \t' read -r -a words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    current="${words[${#words[@]} - 1]}"
    [[ $current == --*=* ]] && option="${current%%=*}="
    sign="${COMP_WORDBREAKS//[^:=]/}"
    begun="${current%"${current##*[$sign]}"}"
    COMPREPLY=()
    while IFS=, read -r kind value; do
        case $kind in
            plain)
                value="$option$value" value="${value#"$begun"}"
                [[ -n $value ]] && printf -v value %q "$value"
                COMPREPLY+=("$value")
                ;;
            file) compopt -o default ;;
            dir) compopt -o dirnames ;;
        esac
    done < <(COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words[@]} - 1)) \
        _EDGESDK_COMPLETE=bash_complete edgesdk 2>/dev/null)
}
complete -o nosort -F _edgesdk_completion edgesdk
"""

# zsh shows what each choice means beside it; where there is such a text, colons come escaped. The
# function has its file's name: once it is loaded, it stands in the place of the file.
ZSH = r"""
#compdef edgesdk

_edgesdk() {
    local -a response values shown
    local kind value meaning files
    response=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT - 1)) \
        _EDGESDK_COMPLETE=zsh_complete edgesdk 2>/dev/null)}")
    for kind value meaning in "${response[@]}"; do
        if [[ $kind == plain ]]; then
            value=${value//\\:/:}
            values+=("$value")
            [[ $meaning == _ ]] && shown+=("$value") || shown+=("$value  -- $meaning")
        else
            files=1
        fi
    done
    [[ $PREFIX == --*=* ]] && compset -P 1 '*='
    (( $#values )) && compadd -V edgesdk -l -d shown -a -- values && return
    [[ -n $files ]] && _files
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _edgesdk "$@"
else
    compdef _edgesdk edgesdk
fi
"""

FISH = r"""
function _edgesdk_completion
    set -l current (commandline -ct)
    set -l option (string match -r -- '^--[^=]*=' "$current")
    set -l line (commandline -cp | string collect)
    for found in (env _EDGESDK_COMPLETE=fish_complete COMP_WORDS="$line" COMP_CWORD="$current" \
            edgesdk 2>/dev/null)
        set -l parts (string split -m 1 , -- $found)
        switch $parts[1]
            case plain
                echo "$option$parts[2]"
            case file
                __fish_complete_path $parts[2]
            case dir
                __fish_complete_directories $parts[2]
        end
    end
end
complete --no-files --command edgesdk --arguments "(_edgesdk_completion)"
"""
