import { PAGE_SIZES } from "./layouts.ts";
import { describeMillion } from "./million.ts";

describeMillion(PAGE_SIZES[1]);
