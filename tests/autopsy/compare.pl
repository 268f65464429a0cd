#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# compare.pl --header | NAME live|panic|vmcore TRUTH JSON [SCENE…]: holds the output of lastwords-autopsy --all
# --json to what the machine printed about itself (see init and truth.c), and prints one row of a table:
# right answers/answers of each kind. What differs is listed below it, each line with "# ". SCENEs: those
# of the lab module that ran, nfs, and oom.
#
# Tasks are compared whose state, stack and number of context switches are the same in the truths 2 and
# 3, between which (live) or after which (panic, vmcore) the dump was made: the others moved, and
# are only counted. Many stacks are equal: distinct counts each once.
# Exits 1 when a goal is missed: 99 % of the frames, 90 % of what may change in between, else all.
use strict;
use warnings;
use JSON::PP;

my @columns = qw(stacks distinct frames moved RSS modules counters devices memory slabs disks owners waits scenes
	death cpus sockets system sections);
my %goal = (stacks => 0.99, frames => 0.99, map { $_ => 0.9 } qw(distinct RSS memory slabs));
my $format = '%-30s' . ' %-9s' x @columns . "\n";

if (@ARGV == 1 && $ARGV[0] eq '--header') {
	printf $format, 'dump', @columns;
	exit 0;
}
die "usage: compare.pl --header | NAME live|panic|vmcore TRUTH JSON [SCENE…]\n" if @ARGV < 4;
my ($name, $kind, $truth_file, $json_file, @scenes) = @ARGV;
my %scene = map { $_ => 1 } @scenes;

my (%right, %asked, @differences);

# check COLUMN, whether the answer is right, and what to say if not
sub check {
	my ($column, $good, @problem) = @_;
	$asked{$column}++;
	if ($good) { $right{$column}++ }
	else { push @differences, join '', @problem }
	return $good;
}

sub same {
	my ($column, $what, $got, $want) = @_;
	return check($column, defined $got && $got eq $want, "$what is ", $got // 'missing', ", should be $want");
}

sub near {
	my ($column, $what, $got, $low, $high) = @_;
	return check($column, defined $got && $got >= $low && $got <= $high,
		"$what is ", $got // 'missing', ', should be ', $low == $high ? $low : "$low to $high");
}

sub read_file {
	my ($path) = @_;
	open my $f, '<', $path or die "compare.pl: $path: $!\n";
	local $/;
	return scalar <$f>;
}

# --- what the machine printed: sections of the truths 1 to 3, those outside them, and the crash
my (@round, %once);
my $crash = '';
{
	my ($number, $section, $died) = (0, '', 0);
	for my $line (split /\n/, read_file($truth_file)) {
		if ($line =~ /^rig: truth (\d) begins/) { ($number, $section) = ($1, '') }
		elsif ($line =~ /^rig: truth \d ends/) { ($number, $section) = (0, '') }
		elsif ($line =~ /^rig: dies/) { $died = 1 }
		elsif ($line =~ /^rig: registers/) { $died = 0 }
		elsif ($line =~ /^@@(.*)/) { $section = $1 }
		else {
			# (a CPU without interrupts may keep the console's last line)
			$died ||= $line =~ /sysrq: Trigger a crash|Kernel panic - not syncing/;
			if ($died) { $crash .= "$line\n" }
			elsif ($number) { $round[$number]{$section} .= "$line\n" }
			else { $once{$section} .= "$line\n" }
		}
	}
	die "compare.pl: $truth_file has no three truths\n" unless $round[3]{'tasks'};
}

# FILE in the last truth, without its newline at the end; undef if it was not there
sub truth {
	my ($file) = @_;
	my $text = $round[3]{$file};
	chomp $text if defined $text;
	return $text;
}

my ($up2, $up3) = map { $round[$_]{'/proc/uptime'} =~ /^([0-9.]+)/ } 2, 3;
# A dump's own log, which may stand after the console's text, is older in part.
$crash = join '', grep { !/^\[ *([0-9.]+)\]/ || $1 >= $up3 - 5 } map { "$_\n" } split /\n/, $crash;

my $json_text = read_file($json_file);
my $json = eval { JSON::PP->new->utf8->decode($json_text) } or die "compare.pl: $json_file: not JSON: $@";
for my $section (qw(death cpus tasks memory network storage system)) {
	check('sections', ref $json->{$section} eq 'HASH', "no section $section");
	$json->{$section} //= {};
}

# The records of the list KEY of SECTION.
sub list {
	my ($section, $key) = @_;
	return @{$json->{$section}{$key} // []};
}

# --- tasks
sub tasks_of {
	my ($text) = @_;
	my (%task, $t);
	for (split /\n/, $text) {
		if (/^T (\d+)$/) { $t = $task{$1} = {pid => $1, stack => []} }
		elsif (!$t) { next }
		elsif (/^\d+ \((.*)\) (\S) /) { @$t{'comm', 'state'} = ($1, $2) }
		elsif (/^Tgid:\s+(\d+)/) { $t->{tgid} = $1 }
		elsif (/^VmRSS:\s+(\d+)/) { $t->{rss} = $1 }
		elsif (/voluntary_ctxt_switches:\s+(\d+)/) { $t->{switches} += $1 }
		elsif (/^\[<0>\] (.*)/) { push @{$t->{stack}}, $1 }
	}
	return \%task;
}

my %found = map { $_->{pid} => $_ } list('tasks', 'tasks'), list('tasks', 'waiting');
my $moved = 0;
{
	my ($before, $after) = map { tasks_of($round[$_]{'tasks'}) } 2, 3;
	my %wrong;
	for my $pid (sort { $a <=> $b } keys %$after) {
		my ($old, $new, $got) = ($before->{$pid}, $after->{$pid}, $found{$pid} // {});
		my @want = @{$new->{stack}};
		my $stays = $old && $old->{state} eq $new->{state} && $new->{state} ne 'R' &&
			$old->{switches} == $new->{switches} && "@{$old->{stack}}" eq "@want";
		if (!$stays) {
			$moved++;
			next;
		}
		my $who = "$pid $new->{comm}";
		my @have = @{$got->{stack} // []};
		my $equal = grep { $_ <= $#have && $want[$_] eq $have[$_] } 0 .. $#want;
		$asked{frames} += @want;
		$right{frames} += $equal;
		if (@want) {
			my $good = check('stacks', "@have" eq "@want", "$who: stack is [@have], should be [@want]");
			$wrong{"@want"} ||= !$good;
		}
		# /proc adds its work to a kworker's name, and has other kernel threads' in full
		(my $comm = $new->{comm}) =~ s/^(kworker\/[^-+]*)[-+].*/$1/;
		$comm = substr $comm, 0, 15;
		push @differences, "$who: $got->{comm}, $got->{state}, should be $new->{state}"
			if $got->{comm} && ($got->{comm} !~ /^\Q$comm\E/ || $got->{state} ne $new->{state});
		same('RSS', "$who: rss_kb", $got->{rss_kb}, $new->{rss})
			if defined $new->{rss} && $new->{rss} == ($old->{rss} // -1) && $new->{tgid} == $pid;
	}
	$asked{distinct} = keys %wrong;
	$right{distinct} = grep { !$_ } values %wrong;
}
my %by_comm = map { $_->{comm} => $_ } grep { defined $_->{comm} } values %found;

# --- modules
{
	my %have = map { $_->{module} => $_ } list('system', 'modules');
	for (split /\n/, truth('/proc/modules')) {
		my ($module, $size, $refs) = split;
		my $got = $have{$module} // {};
		same('modules', "module $module: size, refs", ($got->{size} // '') . ' ' . ($got->{refs} // ''), "$size $refs");
	}
}

# --- network: devices, their counters, which may go on between the truths, and sockets
{
	my @keys = qw(rx_bytes rx_packets rx_errors rx_dropped _ _ _ _ tx_bytes tx_packets tx_errors tx_dropped);
	my %have = map { $_->{device} => $_ } list('network', 'devices');
	my %counters;
	for my $number (2, 3) {
		for (split /\n/, $round[$number]{'/proc/net/dev'}) {
			my ($device, $values) = /^\s*(\S+):\s*(.*)/ or next;
			push @{$counters{$device}}, [split ' ', $values];
		}
	}
	for my $device (sort keys %counters) {
		my ($old, $new) = @{$counters{$device}};
		my $got = $have{$device} // {};
		for my $i (grep { $keys[$_] ne '_' } 0 .. $#keys) {
			# (not every driver counts errors where others do; virtio_net's own counters need its BTF, which
			# modules have since 5.11)
			next if !defined $got->{$keys[$i]} && ($keys[$i] =~ /errors|dropped/ || $json->{release} =~ /^5\.10\./);
			near('counters', "$device: $keys[$i]", $got->{$keys[$i]}, $old->[$i],
				$new->[$i] + ($kind eq 'live' ? 0 : $keys[$i] =~ /bytes/ ? 2000 : 10));
		}
		my %want = (state => truth("/sys/class/net/$device/operstate"), mtu => truth("/sys/class/net/$device/mtu"),
			carrier => truth("/sys/class/net/$device/carrier") ? 'yes' : 'no');
		same('devices', "$device: $_", $got->{$_}, $want{$_}) for sort keys %want;
	}

	my %name = ('01' => 'established', '0A' => 'listen');
	my %want;
	$want{$_}++ for grep { defined } map { $name{$_} } truth('/proc/net/tcp') =~ /^ *\d+: \S+ \S+ (\S\S) /mg;
	same('sockets', "sockets: $_", $json->{network}{tcp}{$_}, $want{$_}) for sort keys %want;
}

# --- memory: the totals may change by 2 %; an OOM changes most of them
{
	my %name = (total => 'MemTotal', free => 'MemFree', anonymous => 'AnonPages', mapped => 'Mapped',
		shared => 'Shmem', dirty => 'Dirty', writeback => 'Writeback', unevictable => 'Unevictable',
		mlocked => 'Mlocked', slab_reclaimable => 'SReclaimable', slab_unreclaimable => 'SUnreclaim',
		page_tables => 'PageTables', kernel_stacks => 'KernelStack');
	my ($old, $new) = map { {$round[$_]{'/proc/meminfo'} =~ /^(\S+):\s+(\d+)/mg} } 2, 3;
	for my $key (sort keys %name) {
		next if $scene{oom} && $key ne 'total';
		my ($low, $high) = sort { $a <=> $b } map { $_->{$name{$key}} // 0 } $old, $new;
		my $slack = $key eq 'total' ? 0 : 0.02 * $high + 1024;
		near('memory', "memory: $key", $json->{memory}{"${key}_kb"}, $low - $slack, $high + $slack);
	}

	my %have = map { ("$_->{node} $_->{zone}" => $_) } list('memory', 'zones');
	my $zones = truth('/proc/zoneinfo');
	while ($zones =~ /^Node (\d+), zone +(\S+)\n(.*?)(?=^Node|\z)/msg) {
		my ($zone, $text) = ("$1 $2", $3);
		my %kb = map { my ($pages) = $text =~ /^ +(?:pages )?$_ +(\d+)$/m; ($_ => ($pages // 0) * 4) }
			qw(free min low high managed);
		next unless $kb{managed};
		for my $key (sort keys %kb) {
			my $slack = $key ne 'free' ? 0 : $scene{oom} ? $kb{free} : 0.1 * $kb{free} + 2048;
			near('memory', "zone $zone: $key", $have{$zone}{"${key}_kb"}, $kb{$key} - $slack, $kb{$key} + $slack);
		}
	}

	if ($new->{HugePages_Total}) {
		my ($huge) = grep { $_->{size_kb} == $new->{Hugepagesize} } list('memory', 'huge_pages');
		same('memory', 'huge pages', $huge->{pages}, $new->{HugePages_Total});
		same('memory', 'free huge pages', $huge->{free}, $new->{HugePages_Free});
	}
	if ($new->{HardwareCorrupted}) {
		same('memory', 'broken memory', $json->{memory}{poisoned_kb}, $new->{HardwareCorrupted});
	}
	if (defined(my $current = truth('/sys/fs/cgroup/scene/memory.current'))) {
		my ($group) = grep { $_->{cgroup} =~ /scene$/ } list('memory', 'cgroups_near_limit');
		same('memory', 'use of cgroup scene', $group->{usage_kb}, int($current / 1024));
		same('memory', 'limit of cgroup scene', $group->{max_kb}, 12288);
	}

	my %truth;
	for (split /\n/, truth('/proc/slabinfo') // '') {
		my ($cache, undef, $total, $size, $per_slab) = split;
		$truth{$cache} = [$total, $size, $per_slab] if defined $per_slab && $size =~ /^\d+$/;
	}
	for my $got (list('memory', 'slabs')) {
		my ($total, $size, $per_slab) = @{$truth{$got->{name} // ''} // next};
		check('slabs', $got->{object_size} == $size && $got->{objects_per_slab} == $per_slab &&
			abs($got->{objects} - $total) <= ($scene{oom} ? 1 : 0.1) * $total + 512,
			"slab $got->{name}: $got->{objects} objects of $got->{object_size}, $got->{objects_per_slab} a slab, ",
			"should be $total of $size, $per_slab");
	}
}

# --- disks: requests in flight (5.10 forgets disks that nobody has open)
{
	my %have = map { $_->{disk} => $_ } list('storage', 'disks');
	for my $file (sort grep { /inflight$/ } keys %{$round[3]}) {
		my ($disk) = $file =~ m{/sys/block/(\w+)/};
		my ($reads, $writes) = split ' ', truth($file);
		same('disks', "disk $disk: in_flight", $have{$disk}{in_flight} // 0, $reads + $writes);
	}
}

# --- owners of locks; how long tasks wait, which they said themselves; scenes
{
	my %owner = ('s-fault' => [qw(s-mutex s-mutex2 s-rwsem s-rwsem2)]);
	$owner{lab_dead_ab} = ['lab_dead_ba', 'lab_behind'] if $scene{deadlock};
	$owner{lab_dead_ba} = ['lab_dead_ab'] if $scene{deadlock};
	$owner{lab_rw_owner} = [qw(lab_rw_reader lab_rw_writer lab_rw_writer2)] if $scene{rwsem};
	for my $owner (sort keys %owner) {
		same('owners', "$_: owner", $by_comm{$_}{owner_comm}, $owner) for @{$owner{$owner}};
	}

	my $said = ($once{dmesg} // '') . ($kind eq 'live' ? '' : $once{waits} // '');
	my %since = $said =~ /scene: (\S+) waits since ([0-9.]+)/g;
	for my $who (sort grep { ($by_comm{$_}{state} // '') eq 'D' } keys %since) {
		my $waits = ($json->{system}{uptime_s} // 0) - $since{$who};
		# (submit_bio_wait wakes and waits anew after half of hung_task_timeout_secs)
		next if $who eq 's-disk' && $waits > 60;
		# (on a slow machine it takes a moment from saying so to waiting)
		near('waits', "$who: blocked_s", $by_comm{$who}{blocked_s}, $waits - 3, $waits + 0.5);
	}

	my %pattern = (deadlock => '"deadlock: lab_dead', busy_work => '"function":"lab_scene_busy_work"', nfs => '"s-nfs"',
		irqs_off => 'no timer tick for [^"]* lab_irqs_off', tx_stopped => '"queues_stopped":[1-9]');
	check('scenes', $json_text =~ /$pattern{$_}/, "scene $_: nothing matches $pattern{$_}")
		for sort grep { $pattern{$_} } keys %scene;
}

# Whether a register is shown as what it held: a number, or what kind of address it is.
sub register_shows {
	my ($got, $hex) = @_;
	no warnings 'portable';
	my $value = hex $hex;
	return 0 unless defined $got;
	return $value == ($got =~ /^0x/ ? hex $got : $got < 0 ? ~0 + 1 + $got : $got) if $got =~ /^(0x[0-9a-f]+|-?\d+)$/;
	return $got eq '(kernel)' ? $hex =~ /^ffff/ : $hex =~ /[^0]/;
}

# --- the death, as the kernel printed it: what called panic (that went on), who, where, and an oops's code
if ($kind ne 'live') {
	my $frame = qr/[A-Za-z_]\S*\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[\S+\])?/;
	my (@want, $open, $rip);
	for (split /\n/, $crash) {
		s/^\[[ 0-9.]+\] ?//;
		if (/^Call [Tt]race:/) {
			@want = $rip ? $rip : ();
			$open = 1;
		}
		$open = 0 if /^ *<\/TASK>/;
		if (/^(?:RIP: 0010:|pc : | +)($frame)/) {
			push @want, $1 if $open;
			$rip = $open ? undef : $1;
		}
		# what follows a call that does not return is the next function to the kernel
		@want = () if @want && $want[-1] =~ /^v?panic\+|\+0x0\//;
	}
	my $death = $json->{death};
	my @have = @{$death->{stack} // []};
	my $equal = 0;
	$equal++ while $equal < @want && $equal < @have && $want[-1 - $equal] eq $have[-1 - $equal];
	check('death', @want && $equal == @want, "death: stack is [@have], printed was [@want]");

	my ($cpu, $pid, $comm) = $crash =~ /CPU: (\d+) (?:UID: \d+ )?PID: (\d+) Comm: (.*?) +(?:Kdump: |Tainted: |Not )/;
	same('death', 'death: cpu, pid, comm', join(' ', map { $death->{$_} // '' } qw(cpu pid comm)), "$cpu $pid $comm")
		if defined $cpu;
	my ($first) = $crash =~ /(?<=Oops: )(.*?)Call Trace:/s;
	if ($first) {
		same('death', 'death: code', $death->{code}, $1) if $first =~ /RIP: 0010:[^\n]*\n[^\n]*Code: ([0-9a-f <>]+)\n/;
		my %printed = map { lc =~ s{^r0}{r}r } $first =~ /\b(R[A-D]X|R[SD]I|RBP|R\d\d): ([0-9a-f]{16})\b/g;
		my @bad = grep { !register_shows($death->{registers}{$_}, $printed{$_}) } sort keys %printed;
		check('death', %printed && !@bad, 'death: registers: ',
			join ', ', map { "$_ is " . ($death->{registers}{$_} // 'missing') . ", printed was $printed{$_}" } @bad);
	}
}

# --- CPUs: what ran there is of what can have; user or kernel by QEMU's registers
{
	my %can = map { $_ => 1 } qw(s-user s-kernel s-die s-oom init exe lab_irqs_off), $json->{death}{comm} // '';
	my %cpu = map { $_->{cpu} => $_ } list('cpus', 'cpus');
	my %user = $kind eq 'live' ? ($once{registers} // '') =~ /^CPU#(\d+)\n.*?(CPL=\d|EL\d)/msg : ();
	for my $cpu (truth('/proc/stat') =~ /^cpu(\d+) /mg) {
		my ($comm, $state) = map { $cpu{$cpu}{$_} // 'missing' } 'comm', 'state';
		my $good = ($can{$comm} || $comm =~ /^(kworker|swapper)/) && $state =~ /^(user|kernel|idle)$/;
		$good &&= $state ne 'user' if $comm =~ /^(kworker|lab_)/;
		$good &&= ($state eq 'user') == ($user{$cpu} =~ /CPL=3|EL0/) if $user{$cpu};
		check('cpus', $good, "CPU $cpu: runs $comm, $state", $user{$cpu} ? ", with $user{$cpu}" : '');
	}
}

# --- the system
{
	my $system = $json->{system};
	my ($version, $command_line, $clocksource) = map { my $text = $once{$_} // ''; chomp $text; $text }
		'/proc/version', '/proc/cmdline', '/sys/devices/system/clocksource/clocksource0/current_clocksource';
	same('system', 'version', $system->{version}, $version);
	same('system', 'command line', $system->{command_line}, $command_line);
	same('system', 'clocksource', $system->{clocksource}, $clocksource);
	near('system', 'uptime', $system->{uptime_s}, $kind eq 'live' ? ($up2, $up3) : ($up3, $up3 + 120));
	check('system', (truth('/proc/sys/kernel/tainted') == 0) == (($system->{taint} // '') eq 'none'),
		'taint is ', $system->{taint} // 'missing') if $kind eq 'live';
	# (since 7.1 the first root of all is a nullfs, which /proc does not show)
	my $mounts = grep { $_->{type} ne 'nullfs' } list('system', 'mounts');
	same('system', 'number of mounts', $mounts, scalar(() = truth('/proc/mounts') =~ /^/mg));
}

printf $format, "$name $kind", map { $_ eq 'moved' ? $moved : sprintf '%d/%d', $right{$_} // 0, $asked{$_} // 0 } @columns;
print "# $_\n" for @differences;
my @missed = grep { ($right{$_} // 0) < ($goal{$_} // 1) * ($asked{$_} // 0) } @columns;
print "# missed: @missed\n" if @missed;
exit(@missed || !$asked{frames} ? 1 : 0);
