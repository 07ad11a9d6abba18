# Runs a command in a pseudo terminal of its own.
#
#   pseudo-terminal.py COLUMNS ROWS COMMAND [ARGUMENT...]
#
# Standard output has what the command writes to its terminal. Each line of standard
# input is an object: {"input": "text"}, {"columns": 40, "rows": 10} or
# {"signal": 15}, which is sent to the command.
import fcntl, json, os, pty, select, struct, sys, termios

columns, rows, *command = sys.argv[1:]
pid, terminal = pty.fork()

if pid == 0:
    os.execvp(command[0], command)


def resize(columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', int(rows), int(columns), 0, 0))


resize(columns, rows)
pending = b''
sources = [terminal, 0]

while True:
    readable, _, _ = select.select(sources, [], [])

    if 0 in readable:
        data = os.read(0, 65536)
        if not data:
            sources.remove(0)
        pending += data
        *lines, pending = pending.split(b'\n')
        for line in lines:
            order = json.loads(line)
            if 'input' in order:
                os.write(terminal, order['input'].encode())
            elif 'signal' in order:
                os.kill(pid, order['signal'])
            else:
                resize(order['columns'], order['rows'])

    if terminal in readable:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b''
        if not data:
            break
        os.write(1, data)

_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
