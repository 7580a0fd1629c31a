#!/bin/sh
# Installs the command, and what starts it with the container (dev container features: install.sh, "entrypoint").
set -eu

if ! command -v npm > /dev/null; then
  echo "iam-local needs Node.js 20.19 or newer: add the feature ghcr.io/devcontainers/features/node" >&2
  exit 1
fi
npm install --global "iam-local@${VERSION:-latest}"

entrypoint="${ENTRYPOINT_FOLDER:-/usr/local/share}/iam-local-entrypoint.sh"
cat > "$entrypoint" << 'SCRIPT'
#!/bin/sh
# Starts the emulator beside whatever the container runs; its state is in memory.
nohup iam-local start > /tmp/iam-local.log 2>&1 &
exec "$@"
SCRIPT
chmod 755 "$entrypoint"
