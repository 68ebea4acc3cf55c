"""A BMC of pyghmi's on loopback, for user admin with password "password": python pyghmi_bmc.py PORT."""

import sys

import pyghmi.ipmi.bmc as bmc


class Machine(bmc.Bmc):
    """A machine whose power can be switched."""

    def __init__(self, port):
        # Without an address pyghmi listens on all of them.
        super().__init__({"admin": "password"}, port, address="127.0.0.1")
        self.power = "off"
        self.device = "default"

    def get_power_state(self):
        return self.power

    def power_off(self):
        self.power = "off"

    def power_on(self):
        self.power = "on"

    def power_cycle(self):
        self.power = "on"

    def power_reset(self):
        pass

    def power_shutdown(self):
        self.power = "off"

    def get_boot_device(self):
        return self.device

    def set_boot_device(self, bootdevice):
        self.device = bootdevice

    def cold_reset(self):
        pass


Machine(int(sys.argv[1])).listen()
