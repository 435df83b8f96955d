# SPDX-License-Identifier: Apache-2.0
# Writes OUT: the files of an HTML report below DIR as C data (collector/report/page.h).
set(c "/* Made by dashboards/report/embed.cmake. */\n#include \"report/page.h\"\n")
foreach(part page.html page.css page.js uPlot.min.js uPlot.min.css uPlot.LICENSE)
  file(READ ${DIR}/${part} text)
  # Our own licence line is about the source, not about a reader's report.
  string(REGEX REPLACE "^(<!--|/\\*) SPDX[^\n]*\n" "" text "${text}")
  string(HEX "${text}" hex)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(TOLOWER ${part} name)
  string(MAKE_C_IDENTIFIER ${name} name)
  string(APPEND c "\nconst unsigned char page_${name}[] = {${bytes}0};\n")
endforeach()
file(WRITE ${OUT} "${c}")
