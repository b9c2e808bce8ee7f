"""The completion scripts for bash and zsh; fish takes click's own."""

# bash ends a word at each colon and equals sign, which addresses hold. So the line is split at its
# spaces alone, and of what fits only the part is given back that bash takes for the current word.
BASH = r"""
_edgesdk_completion() {
    local line="${COMP_LINE:0:COMP_POINT}" current begun="" sign kind value
    local -a words
    IFS=$' \t' read -r -a words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    current="${words[${#words[@]} - 1]}"
    for sign in : =; do
        if [[ $COMP_WORDBREAKS == *"$sign"* && $current == *"$sign"* ]]; then
            local before="${current%"$sign"*}$sign"
            [[ ${#before} -gt ${#begun} ]] && begun="$before"
        fi
    done
    COMPREPLY=()
    while IFS=, read -r kind value; do
        case $kind in
            plain) COMPREPLY+=("${value#"$begun"}") ;;
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
    (( $#values )) && compadd -V edgesdk -l -d shown -a -- values && return
    [[ -n $files ]] && _files
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _edgesdk "$@"
else
    compdef _edgesdk edgesdk
fi
"""
