package dev.hibiki.bench.report;

/** An HTML table in the making. */
final class Rows {
    private final StringBuilder html = new StringBuilder();

    Rows(String... headings) {
        row("th", headings);
    }

    void add(String... cells) {
        row("td", cells);
    }

    private void row(String element, String... cells) {
        html.append("<tr>");
        for (String cell : cells) {
            html.append('<').append(element).append('>').append(HtmlReport.escape(cell));
            html.append("</").append(element).append('>');
        }
        html.append("</tr>\n");
    }

    @Override
    public String toString() {
        return "<div class=\"scroll\"><table>\n" + html + "</table></div>\n";
    }
}
