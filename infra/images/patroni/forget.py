#!/usr/bin/python3
"""Have etcd forget the cluster of this node, whose data a plain server has gone on with since."""

import sys

from patroni.config import Config
from patroni.dcs import get_dcs

# As Patroni's own command for this says: there is no node here that would have to be watched.
is_forgotten = get_dcs({**Config(sys.argv[1]).copy(), "patronictl": True}).delete_cluster()
sys.exit(not is_forgotten)
