/*
** compact.h: included first by sources whose code is better small than fast: it
** runs rarely, or spends its time in Lua or libm. (Each inclusion counts.)
*/
#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__)
#pragma GCC optimize("Os")
#endif
