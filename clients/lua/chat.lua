#!/usr/bin/env lua5.4
-- A client for a chatcore tracker in one file: TLS, password, username, rooms, private messages.
-- Needs Lua 5.4 with LuaSocket and LuaSec (Debian: lua5.4 lua-socket lua-sec).
--
--   lua5.4 chat.lua HOST [PORT] [--fingerprint SHA256] [--name NAME]
--
-- The tracker makes its own certificate, and prints that certificate's SHA-256 fingerprint when it starts. Give it
-- here: only this proves that the tracker is the right one. On the same machine it is optional.
-- The client asks for the password and, without --name, the username; in a pipe they are the first lines.
--
-- A line is a message to the current room. Commands: /join ROOM  /leave  /msg NAME TEXT  /name NEWNAME  /who  exit

local socket = require("socket")
local ssl = require("ssl")

local LOBBY = "#lobby"
local MAX_TEXT_BYTES = 350 -- leaves room for what the tracker puts in front (a line has 512 bytes)
local MAX_LINE_BYTES = 8191 + 512 -- the longest line from a server: tags and the rest
local MAX_UNSENT_BYTES = 1 << 20 -- so that a tracker that sends PING forever and reads nothing cannot fill our memory
local LOOPBACK = { ["localhost"] = true, ["127.0.0.1"] = true, ["::1"] = true }

local function fail(text)
  io.stderr:write("chat.lua: ", text, "\n")
  os.exit(1)
end

local function parse_arguments(arguments)
  local options, words = {}, {}
  local i = 1
  while i <= #arguments do
    local key = arguments[i]:match("^%-%-(%a+)$")
    if key == "fingerprint" or key == "name" then
      options[key] = arguments[i + 1] or fail("--" .. key .. " needs a value")
      i = i + 1
    else
      words[#words + 1] = arguments[i]
    end
    i = i + 1
  end
  options.host = words[1] or fail("usage: chat.lua HOST [PORT] [--fingerprint SHA256] [--name NAME]")
  options.port = tonumber(words[2] or 8000) or fail("the port must be a number")
  return options
end

-- Connect, shake hands, and compare the certificate's fingerprint with the one that was given.
local function connect(options)
  local tcp = socket.connect(options.host, options.port) or fail("no tracker answers there")
  local tls = assert(ssl.wrap(tcp, { mode = "client", protocol = "any", options = { "all", "no_sslv3", "no_tlsv1", "no_tlsv1_1" }, verify = "none" }))
  local ok, problem = tls:dohandshake()
  if not ok then fail("TLS failed: " .. tostring(problem)) end
  local seen = tls:getpeercertificate():digest("sha256"):upper()
  if options.fingerprint then
    if options.fingerprint:gsub("[^%x]", ""):upper() ~= seen then
      fail("this is not the tracker that you meant: its certificate's fingerprint is " .. seen)
    end
  elseif not LOOPBACK[options.host] then
    fail("--fingerprint is needed; the tracker prints it. This one has " .. seen)
  end
  tls:settimeout(0)
  return tls
end

-- Characters that move the cursor, break a line, change the direction of text, or are invisible. The tracker escapes the
-- same ones.
local HIDDEN = {
  { 0x00, 0x1F }, { 0x7F, 0x9F }, { 0xAD, 0xAD }, { 0x34F, 0x34F }, { 0x61C, 0x61C }, { 0x115F, 0x1160 },
  { 0x17B4, 0x17B5 }, { 0x180B, 0x180F }, { 0x200B, 0x200B }, { 0x200E, 0x200F }, { 0x2028, 0x202E },
  { 0x2060, 0x206F }, { 0x3164, 0x3164 }, { 0xFEFF, 0xFEFF }, { 0xFFA0, 0xFFA0 }, { 0xFFF0, 0xFFFB },
  { 0x1BCA0, 0x1BCA3 }, { 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF },
}

local function escape(code)
  for _, range in ipairs(HIDDEN) do
    if code >= range[1] and code <= range[2] then
      return string.format(code < 0x100 and "\\x%02x" or code < 0x10000 and "\\u%04x" or "\\U%08x", code)
    end
  end
  return utf8.char(code)
end

-- Everything shown goes through this, so that nobody can move our cursor. Invalid UTF-8 becomes U+FFFD.
local function printable(text)
  local shown, at = {}, 1
  while at <= #text do
    local code = utf8.len(text, at, at) and utf8.codepoint(text, at)
    shown[#shown + 1] = code and escape(code) or "\u{FFFD}"
    at = at + (code and #utf8.char(code) or 1)
  end
  return table.concat(shown)
end

-- Ask for a line; a password is not shown while it is typed at a terminal.
local function ask(question, hidden)
  io.stderr:write(printable(question))
  if hidden then os.execute("stty -echo 2>/dev/null </dev/tty") end
  local line = io.read("l")
  if hidden then
    os.execute("stty echo 2>/dev/null </dev/tty")
    io.stderr:write("\n")
  end
  return line or os.exit(0)
end

local function show(...)
  io.write(printable(string.format(...)), "\n")
  io.flush()
end

-- An IRC line: optional tags, optional source, command, parameters (https://modern.ircdocs.horse/#message-format).
-- A missing parameter is empty.
local function parse(line)
  local rest = line:gsub("^@%S+ +", "")
  local source, after = rest:match("^:(%S+) +(.*)$")
  rest = after or rest
  local head, trailing = rest:match("^(.-) :(.*)$")
  local words = {}
  for word in (head or rest):gmatch("%S+") do words[#words + 1] = word end
  local command = table.remove(words, 1)
  if trailing then words[#words + 1] = trailing end
  setmetatable(words, { __index = function() return "" end })
  return { nick = (source or ""):match("^[^!]*"), command = command, params = words }
end

local options = parse_arguments(arg)
local tls = connect(options)
local room, outgoing, name = LOBBY, "", nil

local function send(...)
  outgoing = outgoing .. string.format(...):gsub("[\r\n]", " ") .. "\r\n"
end

-- Send a text that may be long, in pieces that fit, cut between words if possible, else between characters.
local function say(target, text)
  while #text > MAX_TEXT_BYTES do
    local cut = utf8.offset(text, 0, MAX_TEXT_BYTES + 1) - 1
    local space = text:sub(1, cut):match("^.*() ")
    send("PRIVMSG %s :%s", target, text:sub(1, (space or cut + 1) - 1))
    text = text:sub((space or cut) + 1)
  end
  if text ~= "" then send("PRIVMSG %s :%s", target, text) end
end

local received = {
  PING = function(m) send("PONG :%s", m.params[1]) end,
  PRIVMSG = function(m)
    if m.params[1]:sub(1, 1) == "#" then
      show("[%s] <%s> %s", m.params[1], m.nick, m.params[2])
    else
      show("[private] <%s> %s", m.nick, m.params[2])
    end
  end,
  NOTICE = function(m) show("* %s", m.params[2]) end,
  JOIN = function(m) show("* %s joined %s", m.nick, m.params[1]) end,
  PART = function(m) show("* %s left %s", m.nick, m.params[1]) end,
  QUIT = function(m) show("* %s left the chat", m.nick) end,
  KICK = function(m) show("* %s removed %s from %s", m.nick, m.params[2], m.params[1]) end,
  TOPIC = function(m) show("* %s is about: %s", m.params[1], m.params[2]) end,
  NICK = function(m)
    if m.nick == name then name = m.params[1] end
    show("* %s is now %s", m.nick, m.params[1])
  end,
  ERROR = function(m) -- the tracker's goodbye
    show("* %s", m.params[1])
    os.exit(name and 0 or 1)
  end,
  ["001"] = function(m)
    name = m.params[1]
    show("* %s", m.params[2])
    send("JOIN %s", LOBBY)
  end,
  ["301"] = function(m) show("* %s is away: %s", m.params[2], m.params[3]) end,
  ["353"] = function(m) show("* in %s: %s", m.params[3], m.params[4]) end,
  ["432"] = function(m) send("NICK %s", ask(m.params[3] .. ". Username: ")) end,
  ["433"] = function(m) send("NICK %s", ask(m.params[3] .. ". Username: ")) end,
}

local function handle(line)
  local message = parse(line)
  local handler = received[message.command]
  if handler then
    handler(message)
  elseif message.command and message.command:match("^[45]%d%d$") then
    show("! %s", message.params[#message.params])
  end
end

local typed = {
  join = function(rest)
    room = rest:sub(1, 1) == "#" and rest or "#" .. rest
    send("JOIN %s", room)
  end,
  leave = function() send("PART %s", room) end,
  name = function(rest) send("NICK %s", rest) end,
  who = function() send("NAMES %s", room) end,
  msg = function(rest)
    local target, text = rest:match("^(%S+)%s+(.+)$")
    if target then
      say(target, text)
      show("[private to %s] %s", target, text)
    end
  end,
}

local function act(line)
  local command, rest = line:match("^/(%a+)%f[%s\0]%s*(.*)$") -- a second slash makes it a path, not a command
  if line == "exit" then
    send("QUIT")
  elseif command and typed[command] then
    typed[command](rest)
  elseif command then
    show("! there is no /%s", command)
  elseif line ~= "" then
    say(room, line)
    show("[%s] <%s> %s", room, name or "?", line)
  end
end

io.stdin:setvbuf("no") -- otherwise select would not see input that is already buffered
local password = ask("Password: ", true)
local nick = options.name or ask("Username: ")
if password ~= "" then send("PASS :%s", password) end
send("NICK %s", nick)
send("USER %s 0 * :%s", nick, nick)

-- One loop waits for both the tracker and the keyboard. Standard input is not a socket, but select needs only a
-- descriptor.
local keyboard = { getfd = function() return 0 end, dirty = function() return false end }
local partial, is_typing = "", true
while true do
  if outgoing ~= "" then
    local sent, _, partly = tls:send(outgoing)
    outgoing = outgoing:sub((sent or partly or 0) + 1)
  end
  if #outgoing > MAX_UNSENT_BYTES then fail("the tracker takes nothing of what is sent to it") end
  local reading = name and is_typing and outgoing == "" and { tls, keyboard } or { tls } -- early input waits
  local ready = socket.select(reading, outgoing ~= "" and { tls } or nil)
  if ready[keyboard] then
    local line = io.read("l")
    if line then
      act(line)
    else
      is_typing = false -- leave once everything has been said
      send("QUIT")
    end
  end
  if ready[tls] then
    local data, problem, rest = tls:receive(8192)
    partial = partial .. (data or rest or "")
    local start, stop = 1, partial:find("\n", 1, true)
    while stop do
      handle((partial:sub(start, stop - 1):gsub("\r$", "")))
      start, stop = stop + 1, partial:find("\n", stop + 1, true)
    end
    partial = partial:sub(start)
    if #partial > MAX_LINE_BYTES then fail("the tracker sent a line without an end") end
    if problem == "closed" then os.exit(0) end
  end
end
