#!/bin/bash
# MySQL 9.7: see get_server.sh.
exec "${BASH_SOURCE[0]%/*}/get_server.sh" mysql "$@"
