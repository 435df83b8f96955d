#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every query of the dashboards on the small fixture, which is made when it is not there yet."""
import os
import sys

import run

sys.argv[1:] = [os.environ["RACKMETER_BUILD"], "small"]
sys.exit(run.main())
