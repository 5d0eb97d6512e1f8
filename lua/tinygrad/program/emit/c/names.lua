--- tinygrad.program.emit.c.names: which names a function of emitted C may have.

local function set(words)
  local t = {}
  for word in words:gmatch("%S+") do t[word] = true end
  return t
end

--- The functions of <math.h> that formulas call; each has a variant for float.
local MATH = set [[acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh
  erf erfc exp exp2 expm1 fabs floor fma fmod hypot lgamma log log10 log1p log2
  pow round sin sinh sqrt tan tanh tgamma trunc]]

--- The keywords of C and C++, including their newest standards.
local KEYWORDS = set [[alignas alignof and and_eq asm auto bitand bitor bool
  break case catch char char8_t char16_t char32_t class co_await co_return
  co_yield compl concept const const_cast consteval constexpr constinit continue
  decltype default delete do double dynamic_cast else enum explicit export
  extern false float for friend goto if inline int long mutable namespace new
  noexcept not not_eq nullptr operator or or_eq private protected public
  register reinterpret_cast requires restrict return short signed sizeof static
  static_assert static_cast struct switch template this thread_local throw true
  try typedef typeid typename typeof typeof_unqual union unsigned using virtual
  void volatile wchar_t while xor xor_eq]]

--- The other names of <math.h>, including C23 and the systems' additions,
-- without the endings for other types of number (ENDINGS).
local DECLARED = set [[acospi asinpi atan2pi atanpi canonicalize compoundn
  copysign cospi dadd ddiv dfma dmul double_t drem dsqrt dsub exp10 exp10m1
  exp2m1 fadd fdim fdiv ffma finite float_t fmax fmaximum fmaximum_mag
  fmaximum_mag_num fmaximum_num fmaxmag fmin fminimum fminimum_mag
  fminimum_mag_num fminimum_num fminmag fmul fpclassify frexp fromfp fromfpx
  fsqrt fsub gamma getpayload ilogb iscanonical iseqsig isfinite isgreater
  isgreaterequal isinf isless islessequal islessgreater isnan isnormal
  issignaling issubnormal isunordered iszero j0 j1 jn ldexp llogb llrint
  llround log10p1 log2p1 logb logp1 lrint lround math_errhandling modf nan
  nearbyint nextafter nextdown nexttoward nextup pown powr remainder remquo
  rint rootn roundeven rsqrt scalb scalbln scalbn setpayload setpayloadsig
  signbit signgam significand sincos sinpi tanpi totalorder totalordermag
  ufromfp ufromfpx y0 y1 yn]]

local ENDINGS = {"[fl]$", "[fd]%d+x?$", "_r$"}

--- Other names that are taken: macros of <math.h>; names that compilers define
-- unless asked for a standard; names that <stdlib.h> gives to C++'s <math.h>;
-- and the parameters and variables of the exported functions.
local OTHERS = set [[DOMAIN HUGE INFINITY MAXFLOAT NAN NULL OVERFLOW PLOSS SING
  TLOSS UNDERFLOW X_TLOSS i386 linux mips sparc sun unix
  abort abs alloca aligned_alloc at_quick_exit atexit atof atoi atol atoll
  bsearch calloc div errno exit free getenv labs ldiv llabs lldiv main malloc
  mblen mbstowcs mbtowc qsort quick_exit rand random realloc srand srandom
  strtod strtof strtol strtold strtoll strtoul strtoull system wcstombs wctomb
  in k out w]]

local FORMS = {"^f%d+x?%l+f%d+x?$", "^FP_", "^HUGE_VAL", "^MATH_ERR", "^M_",
  "^SNAN"}

local function in_math_h(name)
  if MATH[name] or DECLARED[name] then return true end
  for _, ending in ipairs(ENDINGS) do
    local base, n = name:gsub(ending, "")
    if n > 0 and in_math_h(base) then return true end
  end
  return false
end

--- Whether a function may have this name in C and C++ beside <math.h>.
local function is_free(name)
  if not name:find("^[A-Za-z_][A-Za-z0-9_]*$") then return false end
  for _, form in ipairs(FORMS) do
    if name:find(form) then return false end
  end
  return not (KEYWORDS[name] or OTHERS[name] or in_math_h(name))
end

--- Stands between the name of an export and the names of its own definitions.
-- An export's name must not contain it, so that no two names are equal.
local MARK = "_tg_"

--- Whether an export may have this name. (Names that begin with _ are the
-- compiler's.)
local function is_export(name)
  return is_free(name) and name:sub(1, 1) ~= "_"
    and not (name .. "_"):find(MARK, 1, true)
end

--- Returns the name of a definition that the export `name` needs for itself.
-- (The names of a few helpers begin with tg_, which is dropped.)
local function own(name, helper)
  return name .. MARK .. helper:gsub("^tg_", "")
end

return {MATH = MATH, is_export = is_export, is_free = is_free, own = own}
