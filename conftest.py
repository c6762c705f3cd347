"""What every test of this repository shares, the plugins' and the demo's, too.

No property is judged by how quick the machine is: beside other work, drawing an example
may take seconds, and that is no fault of what is tested.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "leadstate", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("leadstate")
