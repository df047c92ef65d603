// Reads the views of clicktrack through JDBC and writes what it sees into a directory, in the
// form that test/views.sh describes.
import java.io.*;
import java.math.BigDecimal;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.nio.file.*;
import java.sql.*;
import java.time.*;
import java.util.*;

class Views {
	public static void main(String[] args) throws Exception {
		Path dir = Path.of(args[0]);
		String host = System.getenv("PGHOST"), port = System.getenv("PGPORT"), database = System.getenv("PGDATABASE");
		if (port == null) port = "5432";
		if (host == null) host = "/var/run/postgresql";
		if (host.startsWith("/")) {
			port = String.valueOf(relay(Path.of(host, ".s.PGSQL." + port)));
			host = "127.0.0.1";
		}
		Properties login = new Properties();
		login.setProperty("user", Objects.requireNonNullElse(System.getenv("PGUSER"), System.getProperty("user.name")));
		if (System.getenv("PGPASSWORD") != null) login.setProperty("password", System.getenv("PGPASSWORD"));

		try (Connection connection = DriverManager.getConnection("jdbc:postgresql://" + host + ":" + port + "/" + database, login);
				Writer described = Files.newBufferedWriter(dir.resolve("described"));
				Writer remarks = Files.newBufferedWriter(dir.resolve("remarks"))) {
			DatabaseMetaData catalog = connection.getMetaData();
			Set<String> views = new LinkedHashSet<>();
			for (String line : Files.readAllLines(dir.resolve("columns"))) views.add(line.substring(0, line.indexOf('|')));
			for (String view : views) {
				try (Statement statement = connection.createStatement();
						ResultSet rows = statement.executeQuery("SELECT * FROM clicktrack." + view);
						ResultSet columns = catalog.getColumns(null, "clicktrack", view.replace("_", "\\_"), null);
						Writer out = Files.newBufferedWriter(dir.resolve("read").resolve(view))) {
					ResultSetMetaData shape = rows.getMetaData();
					for (int i = 1; i <= shape.getColumnCount(); i++) {
						String type = type(shape.getColumnType(i));
						// the catalog and the result must say the same
						if (!columns.next() || !columns.getString("COLUMN_NAME").equals(shape.getColumnLabel(i)) || columns.getInt("DATA_TYPE") != shape.getColumnType(i))
							type += ", but not so in the catalog";
						described.write(view + "|" + shape.getColumnLabel(i) + "|" + type + "\n");
						remarks.write(view + "|" + columns.getString("COLUMN_NAME") + "|" + String.valueOf(columns.getString("REMARKS")).replaceAll("\\s+", " ") + "\n");
					}
					if (columns.next()) described.write(view + "|" + columns.getString("COLUMN_NAME") + "|only in the catalog\n");
					while (rows.next()) {
						StringJoiner line = new StringJoiner("|", "", "\n");
						for (int i = 1; i <= shape.getColumnCount(); i++) line.add(value(rows, i, type(shape.getColumnType(i)), shape.getColumnTypeName(i)));
						out.write(line.toString());
					}
				}
			}
		}
	}

	// Versions of the driver differ in these.
	static String type(int number) {
		String name = JDBCType.valueOf(number).getName();
		return name.equals("BIT") ? "BOOLEAN" : name.equals("TIMESTAMP_WITH_TIMEZONE") ? "TIMESTAMP" : name;
	}

	// By the getter for its type, as a tool would.
	static String value(ResultSet rows, int i, String type, String name) throws SQLException {
		switch (type) {
			case "BIGINT": case "INTEGER": { long value = rows.getLong(i); return rows.wasNull() ? "\\N" : String.valueOf(value); }
			case "NUMERIC": { BigDecimal value = rows.getBigDecimal(i); return value == null ? "\\N" : value.toPlainString(); }
			case "DOUBLE": { double value = rows.getDouble(i); return rows.wasNull() ? "\\N" : String.format("%016x", Double.doubleToRawLongBits(value)); }
			case "BOOLEAN": { boolean value = rows.getBoolean(i); return rows.wasNull() ? "\\N" : String.valueOf(value); }
			case "DATE": { LocalDate value = rows.getObject(i, LocalDate.class); return value == null ? "\\N" : value.toString(); }
			case "TIMESTAMP": {
				OffsetDateTime value = rows.getObject(i, OffsetDateTime.class);
				return value == null ? "\\N" : String.valueOf(Math.addExact(Math.multiplyExact(value.toEpochSecond(), 1000000L), value.getNano() / 1000));
			}
			case "ARRAY": {
				Array value = rows.getArray(i);
				if (value != null) ((Object[]) value.getArray()).clone();
				return value == null ? "\\N" : value.toString();
			}
			default: {
				Object value = rows.getObject(i);
				if (value != null && name.equals("interval") && !value.getClass().getSimpleName().equals("PGInterval")) return value.getClass().getName();
				return value == null ? "\\N" : rows.getString(i);
			}
		}
	}

	// JDBC knows no Unix sockets: the port of one that passes one connection on.
	static int relay(Path socket) throws IOException {
		ServerSocketChannel listener = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
		int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
		daemon(() -> {
			SocketChannel client = listener.accept(), server = SocketChannel.open(UnixDomainSocketAddress.of(socket));
			listener.close();
			daemon(() -> pass(client, server));
			return pass(server, client);
		});
		return port;
	}

	// (The streams of a channel wait for each other.)
	static Object pass(SocketChannel from, SocketChannel to) throws IOException {
		ByteBuffer bytes = ByteBuffer.allocate(65536);
		while (from.read(bytes.clear()) >= 0)
			for (bytes.flip(); bytes.hasRemaining(); ) to.write(bytes);
		to.shutdownOutput();
		return null;
	}

	static void daemon(java.util.concurrent.Callable<?> work) {
		Thread thread = new Thread(() -> { try { work.call(); } catch (Exception e) { } });
		thread.setDaemon(true);
		thread.start();
	}
}
