"""Reads a machine's power by pyghmi's client: python pyghmi_client.py HOST PORT USER PASSWORD."""

import sys

from pyghmi.ipmi import command

host, port, user, password = sys.argv[1:]
print(command.Command(bmc=host, userid=user, password=password, port=int(port)).get_power()["powerstate"])
