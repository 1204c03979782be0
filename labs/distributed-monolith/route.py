"""Which instance of a service a call goes to.

A route is {"ports": {service: its instances' ports}, "mask": bits}. In a canary a service has two instances, and bit number i
of the mask says which of them gets the calls of the service's method number i: the masks are all ways to share the calls out.
"""

METHODS = {  # of a purchase
    "catalogue": ("price", "popular", "event"),
    "bookings": ("place", "change", "checkout", "event"),
    "billing": ("pay", "event"),
    "shipping": ("ship", "event"),
    "reporting": ("revenue", "event"),
}


def port(route, service, method):
    """The port of the instance that gets the call."""
    ports = route["ports"][service]
    return ports[0] if len(ports) == 1 else ports[(route["mask"] >> METHODS[service].index(method)) & 1]
