#define POWER_DOMAINS	3

typedef unsigned int power_domain;

struct power_state {
	power_domain domain;
	int is_on;
};

extern int power_on(power_domain domain);
