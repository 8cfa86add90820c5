/* SPDX-License-Identifier: none of the kernel's: made up for scripts/build.js */
#ifndef WARM_UP_H
#define WARM_UP_H

#define WARM_CLOCK 3 /* a number */
#define WARM_FLAG (1 << 4)
#define WARM_KEY(row, column, code) ((((row) & 0xff) << 24) | (((column) & 0xff) << 16) | ((code) & 0xffff))
#define WARM_ALIAS WARM_CLOCK
#define WARM_NAME(x) warm_##x

#endif
