#!/usr/bin/env bash
# Looks at addresses from where it runs and prints what it saw, one line per look, in base64.
# Needs bash 4, curl 7.54 and what any Linux has (coreutils, findutils, grep, gzip, sed, getent). Its text never changes:
# what to look at comes in $LOOKS (see probe-protocol.ts), secrets are fetched here, kept in files
# that only this user can read, and neither printed nor put on a command line.
set -u
umask 077
export LC_ALL=C
# What a run that was killed could not remove.
find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'innereye-look.*' -mmin +360 -exec rm -rf {} + 2>/dev/null
folder=$(mktemp -d "${TMPDIR:-/tmp}/innereye-look.XXXXXXXX") || exit 70
trap 'rm -rf "$folder"' EXIT

encode() { base64 | tr -d '\r\n'; }
decode() { if [ "$1" != - ]; then printf '%s' "$1" | base64 --decode; fi; }

# ask OPTION...: curl without its start-up file; nothing but http and https, no redirects, no flood.
ask() {
  curl -q --silent --globoff --proto '=http,https' --suppress-connect-headers --max-filesize 104857600 \
    "$@" </dev/null 2>/dev/null
}

# text FILE: what is in it, without the null bytes that no variable of bash can hold.
text() { tr -d '\000' 2>/dev/null <"$1"; }

# token RESOURCE: an access token of this machine's identity, into $folder/bearer and as a header into
# $folder/authorization.
token() {
  local json status re='"access_token"[[:space:]]*:[[:space:]]*"([^"]+)"'
  status=$(ask --max-time 30 --output "$folder/token" --write-out '%{http_code}' --header 'Metadata: true' \
    --get --data-urlencode "resource=$1" --data 'api-version=2018-02-01' \
    http://169.254.169.254/metadata/identity/oauth2/token)
  detail="$status"
  json=$(text "$folder/token")
  [ "$status" = 200 ] && [[ $json =~ $re ]] || return 1
  printf '%s' "${BASH_REMATCH[1]}" >"$folder/bearer"
  printf 'Authorization: Bearer %s\n' "${BASH_REMATCH[1]}" >"$folder/authorization"
}

# secret URL HEADER: the value of a Key Vault secret as that header, appended to $folder/headers.
secret() {
  local json status re='"value"[[:space:]]*:[[:space:]]*"([^"\\]+)"'
  status=$(ask --max-time 30 --output "$folder/secret" --write-out '%{http_code}' \
    --header "@$folder/authorization" --url "$1")
  detail="$status"
  json=$(text "$folder/secret")
  [ "$status" = 200 ] && [[ $json =~ $re ]] || return 1
  printf '%s: %s\n' "$2" "${BASH_REMATCH[1]}" >>"$folder/headers"
}

# linked KEY SECONDS: replaces the body by what the address under KEY in it answers.
linked() {
  local json link re='"[[:space:]]*:[[:space:]]*"(https://[^"[:space:]]+)"'
  json=$(text "$folder/body")
  detail=''
  [[ $json =~ "\"$1"$re ]] || return 1
  link=$(printf '%s' "${BASH_REMATCH[1]}" | sed 's/\\u0026/\&/g')
  case "$link" in *\\*) return 1 ;; esac
  printf 'url = "%s"\n' "$link" >"$folder/config"
  detail=$(ask --config "$folder/config" --max-time "$2" --output "$folder/body" --write-out '%{http_code}')
  [ "$detail" = 200 ]
}

# addresses HOST: what the name resolves to here, at most four, with commas.
addresses() {
  local list='' address rest
  while read -r address rest; do
    case "$address" in *[!0-9.]*) continue ;; esac
    case ",$list," in *",$address,"*) ;; *) list="$list${list:+,}$address" ;; esac
  done < <(getent ahostsv4 "$1" 2>/dev/null | head -n 12)
  printf '%s' "${list:--}" | cut -d, -f1-4
}

# kept: the few headers worth carrying home, at most 160 bytes; who reads them drops half a line.
kept() {
  tr -d '\r' <"$folder/answer" 2>/dev/null |
    grep -aiE '^(content-type|allow|server|x-ms-error-code|x-ms-forbidden-ip):' | head -c 160
}

look() {
  local name=$1 method=$2 headers=$4 body=$5 header=$6 vault=$7 resource=$8 key=$9
  local url part=${11} bytes=${12} seconds=${13} field=${15} from=${16} most=${17} resolved=- pick host
  url=$(decode "$3"); pick=$(decode "${10}")
  rm -f "$folder"/*; : >"$folder/body"; : >"$folder/headers"; : >"$folder/answer"; detail=''
  if [ "${14}" = 1 ]; then
    host=${url#*://}; host=${host%%/*}; resolved=$(addresses "${host%%:*}")
  fi
  decode "$headers" >>"$folder/headers"
  if [ "$vault" != - ]; then
    token https://vault.azure.net || { report "$name" token "$detail" "$resolved"; return; }
    secret "$(decode "$vault")" "$(decode "$header")" || { report "$name" secret "$detail" "$resolved"; return; }
  fi
  if [ "$resource" != - ]; then
    token "$(decode "$resource")" || { report "$name" token "$detail" "$resolved"; return; }
    if [ "$field" = - ]; then cat "$folder/authorization" >>"$folder/headers"; fi
  fi
  set -- --request "$method"
  if [ "$method" = HEAD ]; then set -- --head; fi
  if [ "$body" != - ]; then
    decode "$body" >"$folder/sent"; set -- "$@" --data-binary "@$folder/sent"
  elif [ "$method" = POST ] && [ "$field" = - ]; then
    : >"$folder/sent"; set -- "$@" --data-binary "@$folder/sent"
  fi
  if [ "$field" != - ] && [ "$resource" != - ]; then
    set -- "$@" --data-urlencode "$(decode "$field")@$folder/bearer"
  fi
  local seen code
  seen=$(ask "$@" --header "@$folder/headers" --max-time "$seconds" --dump-header "$folder/answer" \
    --output "$folder/body" --write-out '%{http_code},%{remote_ip},%{time_total}' --url "$url")
  code=$?
  if [ "$code" = 0 ] && [ "$key" != - ]; then
    linked "$(decode "$key")" "$seconds" || { report "$name" linked "$detail" "$resolved"; return; }
  fi
  report "$name" "$code" "$seen" "$resolved"
}

# slice FILE: as many bytes from $from on, at most $most, as fit when compressed.
slice() {
  local take=$most size
  while :; do
    tail -c "+$((from + 1))" "$1" | head -c "$take" | gzip -nc >"$folder/packed"
    size=$(wc -c <"$folder/packed" | tr -d ' ')
    if [ "$size" -le 2400 ] || [ "$take" -le 1 ]; then break; fi
    take=$((take * 2300 / size))
    if [ "$take" -lt 1 ]; then take=1; fi
  done
  cat "$folder/packed"
}

# report NAME EXIT SEEN RESOLVED: one line about the look that has just been made.
report() {
  local all=0 file="$folder/body"
  case "$2" in token | secret | linked) : >"$file" ;; esac
  if [ -n "${pick:-}" ]; then grep -aF -- "$pick" "$file" >"$folder/picked"; file="$folder/picked"; fi
  if [ -f "$file" ]; then all=$(wc -c <"$file" | tr -d ' '); fi
  local seen=${3:--}
  printf '%s %s %s %s %s %s ' "$1" "$2" "${seen:0:60}" "${4:0:63}" "$all" "h$(kept | encode)"
  if [ "$from" != - ] && [ "$all" -gt "$from" ]; then
    slice "$file" | encode
  elif [ "$from" != - ]; then
    : # there is nothing behind that byte
  elif [ "$part" = end ]; then tail -c "$bytes" "$file" | encode; else head -c "$bytes" "$file" | encode; fi
  printf '.\n'
}

printf 'looks 1\n'
count=0
while IFS=' ' read -r -a fields; do
  [ "${#fields[@]}" = 17 ] || exit 64
  look "${fields[@]}"
  count=$((count + 1))
done < <(printf '%s' "${LOOKS:-}" | base64 --decode)
printf 'end %s\n' "$count"
