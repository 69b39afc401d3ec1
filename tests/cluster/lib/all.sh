# shellcheck shell=bash
# Everything below this folder in the order in which one part needs the other. Sourced, never run.

library="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
. "$library/common.sh"
. "$library/debian.sh"
. "$library/kubernetes.sh"
. "$library/kubectl.sh"
. "$library/processes.sh"
. "$library/pki.sh"
. "$library/control-plane.sh"
. "$library/image.sh"
. "$library/pods.sh"
. "$library/environment.sh"
