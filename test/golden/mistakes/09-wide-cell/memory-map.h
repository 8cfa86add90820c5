#define DRAM_HIGH_END	0x8f8000000

/* Tag storage is the last of the DRAM above 32 GiB. */
#define TAG_STORAGE_BASE	DRAM_HIGH_END
