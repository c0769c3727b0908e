"""Breaking things on purpose: faults, fuzz, a soak and a slow line, run by hand; a short slice is in the tests.

- ``python -m tests.campaign`` breaks workers, terminals, disks, clocks and files, and says what held.
- ``python -m tests.campaign.fuzz`` throws damaged input at everything that parses.
- ``python -m tests.campaign.soak`` queues runs and attaches and detaches the application at random.
- ``python -m tests.campaign.link`` uses the application over a line of 64 kbit/s and 300 ms.
"""
