# shellcheck shell=bash
# What tests need to know about the cluster, as a file that a shell can read. Sourced, never run.

write_environment() {
    local program
    program="$(kubectl_program)"
    {
        printf 'export ROLLOUT_OPERATOR_TEST_KUBECONFIG=%q\n' "$kubeconfig"
        printf 'export ROLLOUT_OPERATOR_TEST_KUBECTL=%q\n' "$program"
        # shellcheck disable=SC2016 # expanded by whoever reads the file
        printf 'export PATH="$PATH":%q\n' "${program%/*}"
    } >"$state/environment.new"
    mv "$state/environment.new" "$state/environment"
}
