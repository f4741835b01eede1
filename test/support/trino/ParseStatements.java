import io.trino.sql.parser.ParsingException;
import io.trino.sql.parser.SqlParser;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Parses each file that is named, one statement a file, and prints what is wrong with it: file, line, column, reason. */
public final class ParseStatements {
    private ParseStatements() {}

    public static void main(String[] files) throws Exception {
        SqlParser parser = new SqlParser();
        for (String file : Files.readAllLines(Path.of(files[0]))) {
            try {
                parser.createStatement(Files.readString(Path.of(file), StandardCharsets.UTF_8));
            } catch (ParsingException e) {
                System.out.println(file + "\t" + e.getLineNumber() + "\t" + e.getColumnNumber() + "\t" + e.getErrorMessage());
            }
        }
        System.out.println("parsed");
    }
}
