#define SHARED		0
#define LEVEL_HIGH	4

/* A shared peripheral interrupt: its number, and LEVEL_HIGH or the like. */
#define SPI(number, trigger)	SHARED (number) (trigger)
