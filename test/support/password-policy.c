/*
 * A password policy as managed servers have one: it wants to see a password, and so takes no verifier. Declared by
 * hand what PostgreSQL 16 exports (fmgr.h, commands/user.h, utils/elog.h), so that no header is needed.
 */
typedef struct
{
	int len, version, funcmaxargs, indexmaxkeys, namedatalen, float8byval;
	char abi_extra[32];
} MagicStruct;

const MagicStruct *Pg_magic_func(void);
void _PG_init(void);

const MagicStruct *
Pg_magic_func(void)
{
	static const MagicStruct magic = {sizeof(MagicStruct), 1600, 100, 32, 64, 1, "PostgreSQL"};
	return &magic;
}

typedef void (*check_password_hook_type) (const char *, const char *, int, long, _Bool);
extern check_password_hook_type check_password_hook;
extern _Bool errstart(int elevel, const char *domain);
extern int errcode(int sqlerrcode);
extern int errmsg(const char *format,...);
extern void errfinish(const char *filename, int lineno, const char *funcname);

#define SIXBIT(character) (((character) - '0') & 0x3F)
#define INVALID_PARAMETER_VALUE \
	(SIXBIT('2') + (SIXBIT('2') << 6) + (SIXBIT('0') << 12) + (SIXBIT('2') << 18) + (SIXBIT('3') << 24))

static void
refuse(const char *why)
{
	if (errstart(21, 0))
	{
		errcode(INVALID_PARAMETER_VALUE);
		errmsg("%s", why);
		errfinish(__FILE__, __LINE__, __func__);
	}
}

static void
check(const char *username, const char *shadow_pass, int password_type, long valid_until, _Bool no_end)
{
	int length = 0;

	(void) username;
	(void) valid_until;
	(void) no_end;
#ifdef QUOTES
	if (errstart(21, 0))
	{
		errcode(INVALID_PARAMETER_VALUE);
		errmsg("this is no password that we take: %s", shadow_pass);
		errfinish(__FILE__, __LINE__, __func__);
	}
#endif
	if (password_type != 0)
		refuse("password must be given in plain text to be checked");
	while (shadow_pass[length] != '\0')
		length++;
	if (length < 12)
		refuse("password is too short");
}

void
_PG_init(void)
{
	check_password_hook = check;
}
