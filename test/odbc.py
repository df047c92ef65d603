# Reads the views of clicktrack through ODBC and writes what it sees into a directory, in the
# form that test/views.sh describes. The driver manager is called directly.
import ctypes, os, re, struct, sys
from ctypes import byref, c_double, c_int64, c_short, c_size_t, c_ssize_t, c_ubyte, c_ushort, c_void_p, create_string_buffer
from ctypes.util import find_library
from datetime import date, datetime, timedelta

ODBC = ctypes.CDLL(find_library('odbc'))
HANDLE_ENV, HANDLE_DBC, HANDLE_STMT = 1, 2, 3
NO_DATA, NULL_DATA, NTS = 100, -1, -3
TYPES = {1: 'CHAR', 2: 'NUMERIC', 4: 'INTEGER', 5: 'SMALLINT', 6: 'DOUBLE', 8: 'DOUBLE', 12: 'VARCHAR', 91: 'DATE', 93: 'TIMESTAMP',
	-1: 'VARCHAR', -5: 'BIGINT', -7: 'BOOLEAN', -8: 'CHAR', -9: 'VARCHAR', -10: 'VARCHAR'}
C_BIGINT, C_DOUBLE, C_BIT, C_DATE, C_TIMESTAMP, C_CHAR = -25, 8, -7, 91, 93, 1


def check(result, kind, handle):
	if result in (0, 1, NO_DATA):
		return result
	state, native, message, length = create_string_buffer(6), ctypes.c_int(), create_string_buffer(2000), c_short()
	ODBC.SQLGetDiagRec(c_short(kind), handle, c_short(1), state, byref(native), message, c_short(2000), byref(length))
	sys.exit(f'{state.value.decode()}: {message.value.decode(errors="replace")}')


def allocate(kind, parent):
	handle = c_void_p()
	check(ODBC.SQLAllocHandle(c_short(kind), parent, byref(handle)), kind, handle)
	return handle


def connect(driver):
	environment = allocate(HANDLE_ENV, None)
	ODBC.SQLSetEnvAttr(environment, 200, c_void_p(3), 0)  # ODBC 3
	connection = allocate(HANDLE_DBC, environment)
	options = {'DRIVER': '{' + driver + '}', 'Servername': os.environ.get('PGHOST', ''), 'Port': os.environ.get('PGPORT', '5432'),
		'Database': os.environ['PGDATABASE'], 'Username': os.environ.get('PGUSER', ''), 'Password': os.environ.get('PGPASSWORD', ''),
		'BoolsAsChar': '0', 'ConnSettings': "SET timezone = 'UTC'"}
	text = ';'.join(f'{k}={v}' for k, v in options.items() if v).encode()
	check(ODBC.SQLDriverConnect(connection, None, text, c_short(NTS), None, c_short(0), None, c_ushort(0)), HANDLE_DBC, connection)
	return connection


class Result:
	def __init__(self, connection):
		self.handle = allocate(HANDLE_STMT, connection)

	def run(self, statement):
		check(ODBC.SQLExecDirect(self.handle, statement.encode(), NTS), HANDLE_STMT, self.handle)
		return self

	def columns_of(self, schema, view):
		pattern = view.replace('_', '\\_').encode()
		check(ODBC.SQLColumns(self.handle, None, c_short(0), schema.encode(), c_short(NTS), pattern, c_short(NTS), None, c_short(0)), HANDLE_STMT, self.handle)
		return self

	def shape(self):
		count = c_short()
		check(ODBC.SQLNumResultCols(self.handle, byref(count)), HANDLE_STMT, self.handle)
		for i in range(1, count.value + 1):
			name, length, kind, size, digits, nullable = create_string_buffer(300), c_short(), c_short(), c_size_t(), c_short(), c_short()
			check(ODBC.SQLDescribeCol(self.handle, c_ushort(i), name, c_short(300), byref(length), byref(kind), byref(size), byref(digits), byref(nullable)),
				HANDLE_STMT, self.handle)
			yield name.value.decode(), kind.value

	def fetch(self):
		return check(ODBC.SQLFetch(self.handle), HANDLE_STMT, self.handle) != NO_DATA

	def get(self, i, as_type, buffer, size=0):
		length = c_ssize_t()
		result = check(ODBC.SQLGetData(self.handle, c_ushort(i), c_short(as_type), buffer, c_ssize_t(size), byref(length)), HANDLE_STMT, self.handle)
		return result, length.value

	def text(self, i):
		parts = []
		while True:
			buffer = create_string_buffer(60000)
			result, length = self.get(i, C_CHAR, buffer, 60000)
			if length == NULL_DATA:
				return None
			if result != NO_DATA:
				parts.append(buffer.value)
			if result != 1:
				return b''.join(parts).decode()

	# By the C type for its type, as a tool would.
	def value(self, i, kind):
		if kind in ('BIGINT', 'INTEGER', 'SMALLINT'):
			value = c_int64()
			return None if self.get(i, C_BIGINT, byref(value))[1] == NULL_DATA else str(value.value)
		if kind == 'DOUBLE':
			value = c_double()
			return None if self.get(i, C_DOUBLE, byref(value))[1] == NULL_DATA else struct.pack('>d', value.value).hex()
		if kind == 'BOOLEAN':
			value = c_ubyte()
			return None if self.get(i, C_BIT, byref(value))[1] == NULL_DATA else str(bool(value.value)).lower()
		if kind == 'DATE':
			value = create_string_buffer(6)
			return None if self.get(i, C_DATE, value)[1] == NULL_DATA else str(date(*struct.unpack('=hHH', value.raw)))
		if kind == 'TIMESTAMP':
			value = create_string_buffer(16)
			if self.get(i, C_TIMESTAMP, value)[1] == NULL_DATA:
				return None
			*fields, nanoseconds = struct.unpack('=hHHHHHI', value.raw)
			return str((datetime(*fields, nanoseconds // 1000) - datetime(1970, 1, 1)) // timedelta(microseconds=1))
		return self.text(i)


def main(driver, directory):
	connection = connect(driver)
	described, remarks = [], []
	views = dict.fromkeys(line.split('|')[0] for line in open(f'{directory}/columns', encoding='utf-8'))
	for view in views:
		catalog = Result(connection).columns_of('clicktrack', view)
		place = {name: i for i, (name, _) in enumerate(catalog.shape(), 1)}
		listed = []
		while catalog.fetch():
			name, number, remark = [catalog.text(place[c]) for c in ('COLUMN_NAME', 'DATA_TYPE', 'REMARKS')]
			listed.append((name, number))
			# psqlodbc leaves REMARKS empty, so tools that show comments ask for them
			if not remark:
				asked = Result(connection).run(f"SELECT col_description('clicktrack.{view}'::regclass, {len(listed)})")
				asked.fetch()
				remark = asked.text(1)
			remarks.append(f'{view}|{name}|' + re.sub(r'\s+', ' ', remark or ''))
		rows = Result(connection).run(f'SELECT * FROM clicktrack.{view}')
		shape = list(rows.shape())
		kinds = [TYPES.get(kind, str(kind)) for _, kind in shape]
		for (name, kind), known in zip(shape, kinds):
			# the catalog and the result must say the same
			described.append(f'{view}|{name}|{known}' + ('' if (name, str(kind)) in listed else ', but not so in the catalog'))
		with open(f'{directory}/read/{view}', 'w', encoding='utf-8') as out:
			while rows.fetch():
				values = [rows.value(i, kind) for i, kind in enumerate(kinds, 1)]
				out.write('|'.join('\\N' if v is None else v for v in values) + '\n')
	for name, lines in ('described', described), ('remarks', remarks):
		with open(f'{directory}/{name}', 'w', encoding='utf-8') as out:
			out.writelines(line + '\n' for line in lines)


main(*sys.argv[1:])
