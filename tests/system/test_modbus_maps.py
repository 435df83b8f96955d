# SPDX-License-Identifier: Apache-2.0
# ctest: long
"""Every row of the public register maps against the profiles (tests/devices/modbus_maps.py), and
that the comparison sees what is wrong."""
import os
import subprocess

import foreign
import rmtest

SCRIPT = os.path.join(rmtest.SOURCE, "tests", "devices", "modbus_maps.py")
HEAD = "device,function_code,space,address,words,type,word_order,scale,unit,quantity,source,note\n"


class Maps(rmtest.Case):
    def compare(self, folder):
        done = subprocess.run([SCRIPT, folder, "--rackmeter", rmtest.RACKMETER],
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def test_all(self):
        status, out = self.compare(foreign.folder("RACKMETER_MODBUS"))
        print(out.splitlines()[0])
        self.assertEqual(status, 0, out)

    def test_wrong_rows_are_seen(self):
        right = "Finder 7M.38,4,input,2536,2,f32,msw,1,W,power_active_total_w,,"
        for change, told in (((",2536,", ",2535,"), "no point reads it"),
                             (("input", "holding"), "no point reads it"),
                             (("f32", "s32"), "is f32, not s32"),
                             (("msw", "lsw"), "is msw_first, not lsw_first"),
                             ((",1,W", ",10,W"), "is x 1, not x 10"),
                             ((",W,", ",VA,"), "is in W, not VA"),
                             (("total", "l1"), "is of part 'main'"),
                             (("", ""), None)):
            self.write("maps/registers.csv", HEAD + right.replace(*change) + "\n")
            _, out = self.compare(self.path("maps"))
            if told:
                self.assertIn(f"power_active_{'l1' if 'l1' in change else 'total'}_w: {told}", out)
            else:
                self.assertIn("1 rows as the maps have them", out)


if __name__ == "__main__":
    foreign.folder("RACKMETER_MODBUS")
    rmtest.main()
