#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# compare.pl --header | NAME TRUTH JSON [SCENE…]: holds the output of lastwords-autopsy --all --json to what the
# machine printed about itself (see init and truth.c), and prints one row of a table; what differs is
# listed below it, each line with "# ". SCENEs: those of the lab module that ran, and nfs.
#
# Tasks are compared whose state, stack and number of context switches are the same in the truths 2 and
# 3, between which (live) or after which (panic, vmcore) the dump was made: the others moved, and
# are only counted. Many stacks are equal: distinct counts each once. Exits 1 when a goal is missed: 99 % of the frames, every owner named, every section.
use strict;
use warnings;
use JSON::PP;

my @columns = qw(stacks distinct frames moved RSS modules counters devices memory slabs disks owners waits scenes died
	cpus sockets system sections);
my $format = '%-26s' . ' %-8s' x @columns . "\n";
my @sections = qw(death cpus tasks memory network storage system);

if (@ARGV == 1 && $ARGV[0] eq '--header') {
	printf $format, 'dump', @columns;
	exit 0;
}
die "usage: compare.pl --header | NAME TRUTH JSON [SCENE…]\n" if @ARGV < 3;
my ($name, $truth_file, $json_file, @scenes) = @ARGV;
my %scene = map { $_ => 1 } @scenes;
my @differences;
my $missed = 0;

sub read_file {
	my ($path) = @_;
	open my $f, '<', $path or die "compare.pl: $path: $!\n";
	local $/;
	return scalar <$f>;
}

sub differs { push @differences, join '', @_ }

# The text of the truths by number and section, and what the crash printed.
my (@round, $crash, %once);
{
	my ($number, $section, $died) = (0, '', 0);
	for my $line (split /\n/, read_file($truth_file)) {
		if ($line =~ /^rig: truth (\d) begins/) { $number = $1; $section = ''; next }
		if ($line =~ /^rig: truth \d ends/) { $number = 0; $section = ''; next }
		if ($line =~ /^rig: dies/) { $died = 1; next }
		if ($line =~ /^rig: registers/) { $died = 0; next }
		if ($line =~ /^@@(.*)/) { $section = $1; next }
		if ($died) { $crash .= "$line\n" }
		elsif ($number) { $round[$number]{$section} .= "$line\n" }
		else { $once{$section} .= "$line\n" }
	}
	die "compare.pl: $truth_file has no three truths\n" unless $round[3]{'tasks'};
	# the log that is added to the console's text is older in part
	my ($up) = $round[3]{'/proc/uptime'} =~ /^([0-9.]+)/;
	$crash = join '', grep { !/^\[ *([0-9.]+)\]/ || $1 >= $up - 5 } map { "$_\n" } split /\n/, $crash // '';
}

sub tasks_of {
	my ($text) = @_;
	my %task;
	my $t;
	for (split /\n/, $text) {
		if (/^T (\d+)$/) { $t = $task{$1} = {pid => $1, stack => []} }
		elsif (!$t) { next }
		elsif (/^\d+ \((.*)\) (\S) /) { @$t{'comm', 'state'} = ($1, $2) }
		elsif (/^Name:\t(.*)/) { $t->{name} = $1 }
		elsif (/^Tgid:\s+(\d+)/) { $t->{tgid} = $1 }
		elsif (/^VmRSS:\s+(\d+)/) { $t->{rss} = $1 }
		elsif (/voluntary_ctxt_switches:\s+(\d+)/) { $t->{switches} += $1 }
		elsif (/^\[<0>\] (.*)/) { push @{$t->{stack}}, $1 }
	}
	return \%task;
}

my ($before, $after) = map { tasks_of($round[$_]{'tasks'}) } 2, 3;
my $json = eval { JSON::PP->new->utf8->decode(read_file($json_file)) }
	or die "compare.pl: $json_file: not JSON: $@";
my $json_text = read_file($json_file);

# The records of the list KEY of SECTION.
sub list {
	my ($section, $key) = @_;
	return @{($json->{$section} // {})->{$key} // []};
}

my %found = map { $_->{pid} => $_ } list('tasks', 'tasks'), list('tasks', 'waiting');

# --- tasks
my ($stacks, $stacks_equal, $frames, $frames_equal, $moved, $rss, $rss_equal) = (0) x 7;
my (%distinct, %distinct_bad);
for my $pid (sort { $a <=> $b } keys %$after) {
	my ($old, $new, $got) = ($before->{$pid}, $after->{$pid}, $found{$pid});
	my $same = $old && $old->{state} eq $new->{state} && $new->{state} ne 'R' &&
		$old->{switches} == $new->{switches} && "@{$old->{stack}}" eq "@{$new->{stack}}";
	if (!$same) {
		$moved++;
		next;
	}
	my $who = "$pid $new->{comm}";
	my @want = @{$new->{stack}};
	$stacks++ if @want;
	$frames += @want;
	$distinct{"@want"} = 1 if @want;
	if (!$got) {
		$distinct_bad{"@want"} = 1;
		differs("$who: not in the output");
		next;
	}
	my @have = @{$got->{stack} // []};
	# /proc leaves out the scheduler's own functions
	shift @have while @want && @have && $have[0] ne $want[0] && grep { $_ eq $want[0] } @have[1 .. $#have];
	my $equal = grep { $_ <= $#have && $want[$_] eq $have[$_] } 0 .. $#want;
	$frames_equal += $equal;
	my $all = $equal == @want && @have == @want;
	$stacks_equal++ if $all && @want;
	if (!$all) {
		$distinct_bad{"@want"} = 1;
		differs("$who: stack is [@have], should be [@want]");
	}
	differs("$who: state is ", $got->{state} // 'missing', ", should be $new->{state}")
		if ($got->{state} // '') ne $new->{state};
	# /proc adds its work to a kworker's name, and has other kernel threads' in full
	(my $comm = $new->{comm}) =~ s/^(kworker\/[^-+]*)[-+].*/$1/;
	$comm = substr $comm, 0, 15;
	differs("$who: comm is ", $got->{comm} // 'missing') if ($got->{comm} // '') !~ /^\Q$comm\E/;
	if (defined $new->{rss} && $new->{rss} == ($old->{rss} // -1) && $new->{tgid} == $pid) {
		$rss++;
		if (($got->{rss_kb} // -1) == $new->{rss}) { $rss_equal++ }
		else { differs("$who: rss_kb is ", $got->{rss_kb} // 'missing', ", should be $new->{rss}") }
	}
}
$missed = 1 if $frames == 0 || $frames_equal < 0.99 * $frames;

# --- modules
my ($modules, $modules_equal) = (0, 0);
{
	my %have = map { $_->{module} => $_ } list('system', 'modules');
	for (split /\n/, $round[3]{'/proc/modules'}) {
		my ($module, $size, $refs) = split;
		my $got = $have{$module};
		$modules++;
		if ($got && $got->{size} == $size && ($got->{refs} // -1) == $refs) { $modules_equal++ }
		else {
			differs("module $module: ", $got ? join(' ', map { "$_=" . ($got->{$_} // '-') } 'size', 'refs') :
				'missing', ", should be $size, $refs refs");
		}
	}
}

# --- network counters, of which some may go on between the truths
my ($counters, $counters_equal, $devices, $devices_equal) = (0) x 4;
{
	my @keys = qw(rx_bytes rx_packets rx_errors rx_dropped _ _ _ _ tx_bytes tx_packets tx_errors tx_dropped);
	my %have = map { $_->{device} => $_ } list('network', 'devices');
	my %devices;
	for my $number (2, 3) {
		for (split /\n/, $round[$number]{'/proc/net/dev'}) {
			my ($device, $values) = /^\s*(\S+):\s*(.*)/ or next;
			push @{$devices{$device}}, [split ' ', $values];
		}
	}
	for my $device (sort keys %devices) {
		my ($old, $new) = @{$devices{$device}};
		for (['operstate', 'state'], ['mtu', 'mtu'], ['carrier', 'carrier']) {
			my ($file, $key) = @$_;
			chomp(my $want = $round[3]{"/sys/class/net/$device/$file"} // next);
			$want = $want ? 'yes' : 'no' if $key eq 'carrier';
			my $got = $have{$device}{$key} // 'missing';
			$devices++;
			if ($got eq $want) { $devices_equal++ }
			else { differs("$device: $key is $got, should be $want") }
		}
		for my $i (grep { $keys[$_] ne '_' } 0 .. $#keys) {
			my $got = $have{$device}{$keys[$i]};
			next if !defined $got && $keys[$i] =~ /errors|dropped/;
			$counters++;
			if (defined $got && $got >= $old->[$i] && ($got <= $new->[$i] || $got - $new->[$i] < 5000 && $crash)) {
				$counters_equal++;
			} else {
				differs("$device: $keys[$i] is ", $got // 'missing', ", should be $new->[$i]");
			}
		}
	}
}

# --- memory: exact where nothing moves, else within what passed between the truths and 2 %
my ($values, $values_equal) = (0, 0);
{
	my %name = (total => 'MemTotal', free => 'MemFree', anonymous => 'AnonPages', mapped => 'Mapped',
		shared => 'Shmem', dirty => 'Dirty', writeback => 'Writeback', unevictable => 'Unevictable',
		mlocked => 'Mlocked', slab_reclaimable => 'SReclaimable', slab_unreclaimable => 'SUnreclaim',
		page_tables => 'PageTables', kernel_stacks => 'KernelStack', swap_total => 'SwapTotal');
	my @meminfo = map { {($round[$_]{'/proc/meminfo'} =~ /^(\S+):\s+(\d+)/mg)} } 2, 3;
	for my $key (sort keys %name) {
		my ($low, $high) = sort { $a <=> $b } map { $_->{$name{$key}} // 0 } @meminfo;
		my $got = $json->{memory}{"${key}_kb"};
		if (!defined $got) {
			$values++, differs("memory: no total") if $key eq 'total';
			next;
		}
		next if $scene{oom} && $key ne 'total';
		$values++;
		my $slack = $key eq 'total' ? 0 : 0.02 * $high + 1024;
		if ($got >= $low - $slack && $got <= $high + $slack) { $values_equal++ }
		else { differs("memory: $key is $got, should be $low to $high") }
	}
}

# --- zones, huge pages, broken memory, cgroups near their limits: exact, but for what is free
{
	my $check = sub {
		my ($what, $got, $want, $slack) = @_;
		$values++;
		if (defined $got && abs($got - $want) <= ($slack // 0)) { $values_equal++ }
		else { differs("memory: $what is ", $got // 'missing', ", should be $want") }
	};
	my %have = map { ("$_->{node} $_->{zone}" => $_) } list('memory', 'zones');
	while ($round[3]{'/proc/zoneinfo'} =~ /^Node (\d+), zone +(\S+)\n(.*?)(?=^Node|\z)/msg) {
		my ($zone, $text) = ("$1 $2", $3);
		my %kb = map { my ($pages) = $text =~ /^ +(?:pages )?$_ +(\d+)$/m; ($_ => ($pages // 0) * 4) }
			qw(free min low high managed);
		next unless $kb{managed};
		$check->("zone $zone: $_", $have{$zone}{"${_}_kb"}, $kb{$_}, $_ ne 'free' ? 0 : $scene{oom} ? $kb{free} : 0.1 * $kb{free} + 2048)
			for sort keys %kb;
	}
	my %info = $round[3]{'/proc/meminfo'} =~ /^(\S+):\s+(\d+)/mg;
	my ($huge) = grep { $_->{size_kb} == $info{Hugepagesize} } list('memory', 'huge_pages');
	if ($info{HugePages_Total}) {
		$check->('huge pages', $huge->{pages}, $info{HugePages_Total});
		$check->('free huge pages', $huge->{free}, $info{HugePages_Free});
	}
	if ($info{HardwareCorrupted}) {
		my ($pages) = "@{$json->{summary} // []}" =~ /(\d+) pages? of memory (?:is|are) poisoned/;
		$check->('broken memory', ($pages // 0) * 4, $info{HardwareCorrupted});
	}
	if (defined(my $current = $round[3]{'/sys/fs/cgroup/scene/memory.current'})) {
		my ($group) = grep { $_->{cgroup} =~ /scene$/ } list('memory', 'cgroups_near_limit');
		$check->('use of cgroup scene', $group->{usage_kb}, int($current / 1024));
		$check->('limit of cgroup scene', $group->{max_kb}, 12288);
	}
}

# --- disks: requests in flight
my ($disks, $disks_equal) = (0, 0);
{
	my %have = map { $_->{disk} => $_ } list('storage', 'disks');
	for my $file (sort grep { /inflight$/ } keys %{$round[3]}) {
		my ($disk) = $file =~ m{/sys/block/(\w+)/};
		my ($reads, $writes) = split ' ', $round[3]{$file};
		my $got = $have{$disk}{in_flight} // 'missing';
		$disks++;
		if ($got eq $reads + $writes) { $disks_equal++ }
		else { differs("disk $disk: $got in flight, should be ", $reads + $writes) }
	}
}

# --- slabs that are shown: the geometry is exact
my ($slabs, $slabs_equal) = (0, 0);
{
	my %truth;
	for (split /\n/, $round[3]{'/proc/slabinfo'} // '') {
		my ($cache, undef, $total, $size, $per_slab) = split;
		$truth{$cache} = [$total, $size, $per_slab] if defined $per_slab && $size =~ /^\d+$/;
	}
	for my $got (list('memory', 'slabs')) {
		my $want = $truth{$got->{name} // ''} or next;
		$slabs++;
		if ($got->{object_size} == $want->[1] && $got->{objects_per_slab} == $want->[2] &&
			abs($got->{objects} - $want->[0]) <= ($scene{oom} ? 1 : 0.1) * $want->[0] + 512) {
			$slabs_equal++;
		} else {
			differs("slab $got->{name}: $got->{objects} objects of $got->{object_size}, $got->{objects_per_slab} " .
				"a slab, should be @$want");
		}
	}
}

# --- owners of locks, and scenes
my ($owners, $owners_named, $wanted, $seen) = (0) x 4;
{
	my @want = (['s-mutex', 's-fault'], ['s-rwsem', 's-fault']);
	push @want, ['lab_dead_ab', 'lab_dead_ba'], ['lab_dead_ba', 'lab_dead_ab'] if $scene{deadlock};
	push @want, ['lab_rw_reader', 'lab_rw_owner'], ['lab_rw_writer', 'lab_rw_owner'] if $scene{rwsem};
	my %by_comm = map { $_->{comm} => $_ } grep { defined $_->{comm} } values %found;
	for (@want) {
		my ($waiter, $owner) = @$_;
		my $got = $by_comm{$waiter}{owner_comm};
		$owners++;
		if (($got // '') eq $owner) { $owners_named++ }
		else { differs("$waiter waits for ", $got // 'nobody', ", should be $owner") }
	}
	$missed = 1 if $owners_named < $owners;

	# what must be said somewhere
	my %pattern = (deadlock => 'deadlock', busy_work => 'lab_scene_busy_work', nfs => 's-nfs',
		irqs_off => 'lab_scene_irqs_off', tx_stopped => '"queues_stopped":[1-9]');
	for my $what (sort grep { $pattern{$_} } keys %scene) {
		$wanted++;
		if ($json_text =~ /$pattern{$what}/) { $seen++ }
		else { differs("scene $what: nothing matches $pattern{$what}") }
	}
}

# --- since when they wait, which they said themselves
my ($waits, $waits_equal) = (0, 0);
{
	my %by_comm = map { $_->{comm} => $_ } values %found;
	my $uptime = $json->{system}{uptime_s} // 0;
	my $said = ($once{dmesg} // '') . ($name =~ /live/ ? '' : $once{waits} // '');
	my %since = $said =~ /scene: (\S+) waits since ([0-9.]+)/g;
	for my $who (sort keys %since) {
		my $since = $since{$who};
		next unless ($by_comm{$who}{state} // '') eq 'D';
		my $got = $by_comm{$who}{blocked_s} // -1;
		$waits++;
		if (abs($uptime - $since - $got) < 0.5) { $waits_equal++ }
		else { differs(sprintf '%s: waits for %s s, should be %.1f', $who, $got, $uptime - $since) }
	}
}

# --- CPUs: what ran there, of what can have
my ($cpus, $cpus_equal) = (0, 0);
{
	my %can = map { $_ => 1 } qw(s-user s-kernel s-die s-oom init lab_irqs_off), $json->{death}{comm} // '';
	my %cpu = map { $_->{cpu} => $_ } list('cpus', 'cpus');
	my %user;
	if ($name =~ /live/ && $once{registers}) {
		while ($once{registers} =~ /^CPU#(\d+)\n(.*?)(?=^CPU#|\z)/msg) {
			$user{$1} = $2 =~ /CPL=3|PSTATE=\S+ \S+ EL0/ ? 1 : 0;
		}
	}
	for my $cpu ($round[3]{'/proc/stat'} =~ /^cpu(\d+) /mg) {
		my $got = $cpu{$cpu} // {};
		my ($comm, $state) = ($got->{comm} // 'missing', $got->{state} // 'missing');
		$cpus++;
		if (($can{$comm} || $comm =~ /^(kworker|swapper)/) && $state =~ /^(user|kernel|idle)$/ &&
			!($comm =~ /^(kworker|lab_)/ && $state ne 'kernel') && (!%user || $user{$cpu} == ($state eq 'user'))) {
			$cpus_equal++;
		} else {
			differs("CPU $cpu: runs $comm, $state");
		}
	}
}

# --- sockets by state
my ($sockets, $sockets_equal) = (0, 0);
{
	my %name = ('01' => 'established', '0A' => 'listen', '06' => 'time_wait');
	my %want;
	while ($round[3]{'/proc/net/tcp'} =~ /^ *\d+: \S+ \S+ (\S\S) /mg) {
		$want{$name{$1}}++ if $name{$1};
	}
	for my $state (grep { $_ ne 'time_wait' } sort keys %want) {
		my $got = $json->{network}{tcp}{$state} // 0;
		$sockets++;
		if ($got == $want{$state}) { $sockets_equal++ }
		else { differs("sockets: $got $state, should be $want{$state}") }
	}
}

# --- the system
my ($facts, $facts_equal) = (0, 0);
{
	my $system = $json->{system};
	my $check = sub {
		my ($what, $good, $got) = @_;
		$facts++;
		if ($good) { $facts_equal++ }
		else { differs("system: $what is ", $got // 'missing') }
	};
	my ($version, $command_line, $clocksource) = map { my $t = $once{$_} // ''; chomp $t; $t }
		'/proc/version', '/proc/cmdline', '/sys/devices/system/clocksource/clocksource0/current_clocksource';
	my ($up2, $up3) = map { $round[$_]{'/proc/uptime'} =~ /^([0-9.]+)/ } 2, 3;
	my $uptime = $system->{uptime_s} // 0;
	my $mounts = () = $round[3]{'/proc/mounts'} =~ /\n/g;
	my $got_mounts = grep { $_->{type} ne 'nullfs' } list('system', 'mounts');
	my ($tainted) = $round[3]{'/proc/sys/kernel/tainted'} =~ /^(\d+)/;
	$check->('version', ($system->{version} // '') eq $version, $system->{version});
	$check->('command line', ($system->{command_line} // '') eq $command_line, $system->{command_line});
	$check->('clocksource', ($system->{clocksource} // '') eq $clocksource, $system->{clocksource});
	$check->('uptime', $name =~ /live/ ? $uptime >= $up2 && $uptime <= $up3 : $uptime >= $up3 && $uptime < $up3 + 120,
		"$uptime, of $up2 to $up3");
	$check->('taint', ($tainted == 0) == (($system->{taint} // '') eq 'none') || $name !~ /live/, $system->{taint});
	$check->('mounts', $got_mounts == $mounts, "$got_mounts, not $mounts");
}

# --- the stack of the task that died, as the panic printed it: what called panic, since that went on
my ($last, $last_equal) = (0, 0);
if ($crash && $name !~ /live/) {
	my (@want, $open, $rip);
	for (split /\n/, $crash) {
		s/^\[[ 0-9.]+\] ?//;
		if (/^Call [Tt]race:/) {
			@want = $rip ? $rip : ();
			$open = 1;
		}
		$open = 0 if /^ *<\/TASK>/;
		if (/^(?:RIP: 0010:|pc : | +)([A-Za-z_]\S*\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[\S+\])?)/) {
			push @want, $1 if $open;
			$rip = $open ? undef : $1;
		}
		# what follows a call that does not return is the next function to the kernel
		@want = () if @want && $want[-1] =~ /^v?panic\+|\+0x0\//;
	}
	my @have = @{$json->{death}{stack} // []};
	$last = @want;
	while ($last_equal < @want && $last_equal < @have && $want[-1 - $last_equal] eq $have[-1 - $last_equal]) {
		$last_equal++;
	}
	differs("death: stack is [@have], printed was [@want]") if $last_equal < $last;
	my %want;
	@want{'cpu', 'pid', 'comm'} = ($1, $2, $3) if $crash =~ /CPU: (\d+) (?:UID: \d+ )?PID: (\d+) Comm: (.*?) +(?:Kdump: |Tainted: |Not )/;
	# of an oops the code too
	my ($first) = split /Call Trace:/, $crash;
	$want{code} = $1 if $first =~ /Oops: .*RIP: 0010:[^\n]*\n[^\n]*Code: ([0-9a-f <>]+)\n/s;
	for my $key (sort keys %want) {
		my $got = $json->{death}{$key} // 'missing';
		$last++;
		if ($got eq $want{$key}) { $last_equal++ }
		else { differs("death: $key is $got, printed was $want{$key}") }
	}
}

my $present = grep { exists $json->{$_} } @sections;
differs("no section $_") for grep { !exists $json->{$_} } @sections;
$missed = 1 if $present < @sections;

delete $distinct_bad{''};
my $distinct_equal = keys(%distinct) - keys %distinct_bad;
printf $format, $name, "$stacks_equal/$stacks", "$distinct_equal/" . keys(%distinct), "$frames_equal/$frames", $moved, "$rss_equal/$rss",
	"$modules_equal/$modules", "$counters_equal/$counters", "$devices_equal/$devices", "$values_equal/$values",
	"$slabs_equal/$slabs", "$disks_equal/$disks",
	"$owners_named/$owners", "$waits_equal/$waits",
	"$seen/$wanted", "$last_equal/$last", "$cpus_equal/$cpus", "$sockets_equal/$sockets", "$facts_equal/$facts",
	"$present/" . @sections;
print "# $_\n" for @differences;
exit $missed;
