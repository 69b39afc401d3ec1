# shellcheck shell=bash
# The same tag, another image. Sourced, never run.

second_act() {
    local before="$pushed" old_pods change
    say "Pushing another image under the same tag"
    if [[ -z $registry ]]; then
        printf 'Left out on this cluster. %s\n' "$no_registry"
        return
    fi
    check "the operator knows what is behind the tag" within 60 ledger_has image/greetings
    old_pods="$(pods)"
    cp -r "$here/image" "$work/image-2"
    sed -i "s/'%s %s\\\\n'/'%s %s (version 2)\\\\n'/" "$work/image-2/cgi-bin/greet"
    printf 'Version 2 differs in one line:\n'
    diff --unified=0 "$here/image/cgi-bin/greet" "$work/image-2/cgi-bin/greet" | grep '^[-+][^-+]' || true
    edited=$SECONDS
    push_image "$work/image-2" "$image"
    check "it is another image than before" test "$pushed" != "$before"

    check "the Deployment gets a new revision" within 60 revision_is 3
    k rollout status deployment/greetings --timeout 120s --request-timeout 0 || true
    check "both pods are new" within 120 none_of "$old_pods"
    check "both pods run what was pushed" within 120 every_pod_runs "$pushed"
    check "both pods answer 'Namaste Ada (version 2)'" within 120 every_pod_answers "Namaste Ada (version 2)"
    printf 'It took %s s from the push to the last new answer.\n' "$((SECONDS - edited))"
    show_answers

    change="image/greetings changed (${before:0:19} to ${pushed:0:19})"
    shown rollout history deployment/greetings | tee "$work/history"
    check "the history names the old and the new digest" grep -qF "$change" "$work/history"
    check "one push was one rollout" revision_is 3
    check "an event names them too" within 120 has_event_that_says "$change"
}
