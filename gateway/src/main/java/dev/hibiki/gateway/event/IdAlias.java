package dev.hibiki.gateway.event;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * The second text by which a client may name an id, because the first one changes on its way. Stateless.
 *
 * <p>A page that reads an id with {@code JSON.parse} has a double, and names it with {@code String}: 9007199254741011 becomes
 * 9007199254741012, and 7.0 becomes 7. HTTP strips the spaces around the value of {@code Last-Event-ID}.
 */
final class IdAlias {
    /** Each integer of so many digits is a double, and its text stays. */
    private static final int EXACT_DIGITS = 15;
    /** Each integer below is a double. */
    private static final double MAX_EXACT = 1L << 53;
    /** From here on, ECMAScript writes an exponent. */
    private static final int MAX_POINT = 21;

    private static final int MIN_POINT = -5;

    private IdAlias() {}

    /** The second text of an id that is a string; null when there is none. */
    static @Nullable String ofString(String id) {
        if (!id.isEmpty() && id.charAt(0) != ' ' && id.charAt(id.length() - 1) != ' ') {
            return null;
        }
        return withoutSpaces(id);
    }

    /** The text without the spaces around it, which are all that HTTP strips of an id without control characters. */
    static String withoutSpaces(String id) {
        int start = 0;
        int end = id.length();
        while (start < end && id.charAt(start) == ' ') {
            start++;
        }
        while (start < end && id.charAt(end - 1) == ' ') {
            end--;
        }
        return id.substring(start, end);
    }

    /** The second text of an id that is a number of JSON; null when there is none. */
    static @Nullable String ofNumber(String id) {
        if (isExactInteger(id)) {
            return null;
        }
        String text = ecmaScript(Double.parseDouble(id));
        return text.equals(id) ? null : text;
    }

    private static boolean isExactInteger(String id) {
        int start = id.charAt(0) == '-' ? 1 : 0;
        if (id.length() - start > EXACT_DIGITS || (start == 1 && id.charAt(1) == '0')) {
            return false;
        }
        for (int i = start; i < id.length(); i++) {
            if (id.charAt(i) < '0' || id.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    /** The text of a number in ECMAScript (ECMA-262, section 6.1.6.1.20, Number::toString, with radix 10). */
    static String ecmaScript(double number) {
        if (number == 0) {
            return "0"; // Also -0.
        }
        if (number < 0) {
            return '-' + ecmaScript(-number);
        }
        if (Double.isInfinite(number)) {
            return "Infinity";
        }
        if (number < MAX_EXACT && number == Math.rint(number)) {
            return Long.toString((long) number);
        }
        BigDecimal shortest = shortest(number);
        String digits = shortest.unscaledValue().toString();
        int point = digits.length() - shortest.scale();
        if (point > MAX_POINT || point < MIN_POINT) {
            String fraction = digits.length() == 1 ? "" : '.' + digits.substring(1);
            return digits.charAt(0) + fraction + (point > 0 ? "e+" : "e") + (point - 1);
        }
        if (point <= 0) {
            return "0." + "0".repeat(-point) + digits;
        }
        return point >= digits.length()
                ? digits + "0".repeat(point - digits.length())
                : digits.substring(0, point) + '.' + digits.substring(point);
    }

    /**
     * The decimal with the fewest digits that is read as this number, and the closest of these. {@link Double#toString} of Java
     * before 19 may have more digits, so its number of them is where the search begins.
     */
    private static BigDecimal shortest(double number) {
        BigDecimal exact = new BigDecimal(number);
        BigDecimal best = BigDecimal.valueOf(number).stripTrailingZeros();
        for (int digits = best.precision(); digits > 0; digits = best.precision() - 1) {
            BigDecimal found = closest(exact, number, digits);
            if (found == null) {
                break;
            }
            best = found.stripTrailingZeros();
        }
        return best;
    }

    /** The closest decimal of so many digits that is read as this number; null when none is. */
    private static @Nullable BigDecimal closest(BigDecimal exact, double number, int digits) {
        BigDecimal nearest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
        if (nearest.doubleValue() == number) {
            return nearest;
        }
        // Below a power of two, doubles are closer to each other than above it: the other neighbour may still be read
        // so.
        BigDecimal other = exact.round(
                new MathContext(digits, nearest.compareTo(exact) < 0 ? RoundingMode.UP : RoundingMode.DOWN));
        return other.doubleValue() == number ? other : null;
    }
}
